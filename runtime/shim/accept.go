package main

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

const (
	// firstLineTimeout and pendingLimit bound the connections that have not said what they are for.
	firstLineTimeout = 5 * time.Second
	pendingLimit     = 64
	// backlog is as long as the kernel allows (net.core.somaxconn): a burst of sessions must find room.
	backlog = 4096
	// refusalLogLimit bounds the log of peers that are not allowed, per minute.
	refusalLogLimit = 10
)

// listen makes the socket, in place of one that nobody serves any more.
func listen(path string) (int, error) {
	if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
		return -1, usageError(fmt.Sprintf("--socket: there is no directory %s: mount or make it first", filepath.Dir(path)))
	}
	if info, err := os.Lstat(path); err == nil {
		if info.Mode().Type() != os.ModeSocket {
			return -1, usageError(fmt.Sprintf("--socket: %s is there and is no socket: choose another path", path))
		}
		if fd, err := dial(path, time.Second); err == nil {
			syscall.Close(fd)
			return -1, usageError(fmt.Sprintf("--socket: another shim serves %s: end it or choose another path", path))
		}
		if err := os.Remove(path); err != nil {
			return -1, err
		}
	}
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC|syscall.SOCK_NONBLOCK, 0)
	if err != nil {
		return -1, os.NewSyscallError("socket", err)
	}
	// Mode 0660 from its first moment. The servers inherit the umask, so it is put back.
	before := syscall.Umask(0o117)
	err = syscall.Bind(fd, &syscall.SockaddrUnix{Name: path})
	syscall.Umask(before)
	if err == syscall.EINVAL || err == syscall.ENAMETOOLONG {
		return -1, usageError("--socket: the path is too long for a socket: at most 107 bytes")
	}
	if err != nil {
		return -1, os.NewSyscallError("bind "+path, err)
	}
	return fd, os.NewSyscallError("listen", syscall.Listen(fd, backlog))
}

// peer is a connection that has not said yet what it is for.
type peer struct {
	fd      int
	allowed bool // may start processes and watch
	line    firstLine
	timeout *timer
}

// acceptAll takes the connections that wait.
func (s *shim) acceptAll(uint32) {
	for range pendingLimit {
		fd, _, err := syscall.Accept4(s.listener, syscall.SOCK_CLOEXEC)
		switch err {
		case nil:
			s.welcome(fd)
		case syscall.EAGAIN:
			return
		case syscall.EMFILE, syscall.ENFILE:
			if !s.refuseOne() {
				s.pauseAccepting()
				return
			}
		case syscall.ENOBUFS, syscall.ENOMEM:
			s.pauseAccepting()
			return
		}
	}
}

// refuseOne gives up the spare descriptor for a moment to tell one peer that there are no more.
func (s *shim) refuseOne() bool {
	s.logBounded("no descriptor is left for a connection")
	_ = syscall.Close(s.spare)
	fd, _, err := syscall.Accept4(s.listener, syscall.SOCK_CLOEXEC)
	if err == nil {
		refuse(fd, "the shim has no file descriptor left")
	}
	s.spare, _ = open("/dev/null", syscall.O_RDONLY)
	return err == nil && s.spare >= 0
}

// pauseAccepting lets peers wait in the backlog for a moment: trying again at once would only burn CPU.
func (s *shim) pauseAccepting() {
	s.loop.forget(s.listener)
	s.loop.after(100*time.Millisecond, func() { s.resumeAccepting() })
}

func (s *shim) resumeAccepting() {
	if s.spare < 0 {
		s.spare, _ = open("/dev/null", syscall.O_RDONLY)
	}
	if s.loop.watch(s.listener, readable, s.acceptAll) != nil {
		s.loop.after(100*time.Millisecond, func() { s.resumeAccepting() })
	}
}

// welcome checks who a peer is and reads its first line.
func (s *shim) welcome(fd int) {
	credentials, err := syscall.GetsockoptUcred(fd, syscall.SOL_SOCKET, syscall.SO_PEERCRED)
	if err != nil {
		_ = syscall.Close(fd)
		return
	}
	allowed := s.options.allowed[credentials.Uid]
	if !allowed && credentials.Uid != s.uid {
		s.logBounded(fmt.Sprintf("refused a peer with uid %d", credentials.Uid))
		refuse(fd, fmt.Sprintf("uid %d is not allowed here", credentials.Uid))
		return
	}
	p := &peer{fd: fd, allowed: allowed}
	if s.readFirstLine(p) {
		return
	}
	if len(s.pending) == pendingLimit {
		s.dismiss(s.pending[0], "too many connections have not said what they are for")
	}
	p.timeout = s.loop.after(firstLineTimeout, func() { s.dismiss(p, "no first line came within 5 s") })
	s.pending = append(s.pending, p)
	if s.loop.watch(fd, readable, func(uint32) { s.readFirstLine(p) }) != nil {
		s.dismiss(p, "the shim cannot watch another connection")
	}
}

// readFirstLine goes on reading; true when the connection is not the peer's to wait with any more.
func (s *shim) readFirstLine(p *peer) bool {
	switch p.line.receive(p.fd) {
	case lineIncomplete:
		return false
	case lineComplete:
		s.forgetPeer(p)
		s.dispatch(p)
	case lineTooLong:
		s.dismiss(p, "the first line is longer than 32 bytes")
	case lineClosed:
		s.forgetPeer(p)
		_ = syscall.Close(p.fd)
	}
	return true
}

func (s *shim) dismiss(p *peer, reason string) {
	s.forgetPeer(p)
	refuse(p.fd, reason)
}

func (s *shim) forgetPeer(p *peer) {
	s.loop.cancel(p.timeout)
	s.loop.forget(p.fd)
	for i, other := range s.pending {
		if other == p {
			s.pending = append(s.pending[:i], s.pending[i+1:]...)
			return
		}
	}
}

// dispatch does what the first line asks for.
func (s *shim) dispatch(p *peer) {
	request := p.line.text()
	switch {
	case request == "health":
		answer(p.fd, s.health())
	case request == "drain":
		s.addDrainWaiter(p.fd)
	case request != "start" && request != "watch":
		refuse(p.fd, "the first line must be start, watch, health or drain")
	case !p.allowed:
		refuse(p.fd, fmt.Sprintf("uid %d may only ask for health and drain: see --allow-uid", s.uid))
	case request == "start":
		s.start(p.fd)
	default:
		s.addWatcher(p.fd)
	}
}

// logBounded writes a warning unless there were too many in this minute.
func (s *shim) logBounded(message string) {
	now := time.Now()
	if now.Sub(s.warnedSince) > time.Minute {
		s.warnedSince, s.warned = now, 0
	}
	if s.warned++; s.warned <= refusalLogLimit {
		s.log.write(record("warn", message))
	}
}
