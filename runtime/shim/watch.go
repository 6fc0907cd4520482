package main

import (
	"bytes"
	"syscall"
)

// watcherBuffer is how much a watcher that does not read may fall behind (beside what the kernel keeps for it).
const watcherBuffer = 64 * 1024

// watcher is the proxy's control connection.
type watcher struct {
	fd      int
	ready   bool
	drained bool
	unsent  []byte
	line    []byte // of what the proxy writes, as far as it has come
}

// addWatcher makes a connection the control connection, in place of an earlier one: a proxy that came back may be
// here before the end of its old connection is.
func (s *shim) addWatcher(fd int) {
	s.closeWatcher()
	w := &watcher{fd: fd}
	if s.loop.watch(fd, readable, func(events uint32) { s.onWatcher(w, events) }) != nil {
		refuse(fd, "the shim cannot watch another connection")
		return
	}
	s.watcher = w
	s.tell(object(nil).text("shim", version).text("instance", s.instance))
	if s.draining {
		s.tell(object(nil).flag("draining", true))
	}
}

// tell sends an event to the watcher, if there is one.
func (s *shim) tell(event object) {
	w := s.watcher
	if w == nil {
		return
	}
	w.unsent = append(w.unsent, event.line()...)
	if len(w.unsent) > watcherBuffer {
		s.logBounded("closed the proxy's control connection: it does not read")
		s.loseWatcher(w)
		return
	}
	s.flushWatcher(w)
}

func (s *shim) flushWatcher(w *watcher) {
	for len(w.unsent) > 0 {
		n, err := send(w.fd, w.unsent)
		if err != nil {
			s.loseWatcher(w)
			return
		}
		if n == 0 {
			break
		}
		w.unsent = w.unsent[n:]
	}
	events := readable
	if len(w.unsent) > 0 {
		events |= writable
	} else {
		w.unsent = nil
	}
	_ = s.loop.watch(w.fd, events, func(events uint32) { s.onWatcher(w, events) })
}

func (s *shim) onWatcher(w *watcher, events uint32) {
	if events&writable != 0 {
		s.flushWatcher(w)
	}
	if s.watcher != w || events&^writable == 0 {
		return
	}
	var buffer [256]byte
	n, _, err := syscall.Recvfrom(w.fd, buffer[:], syscall.MSG_DONTWAIT)
	if err == syscall.EAGAIN || err == syscall.EINTR {
		return
	}
	if err != nil || n == 0 {
		s.loseWatcher(w)
		return
	}
	w.line = append(w.line, buffer[:n]...)
	for s.watcher == w {
		line, rest, complete := bytes.Cut(w.line, []byte{'\n'})
		if !complete {
			break
		}
		w.line = rest
		s.onWatcherLine(w, string(line))
	}
	if len(w.line) >= firstLineLimit {
		s.loseWatcher(w)
	}
}

func (s *shim) onWatcherLine(w *watcher, line string) {
	switch line {
	case "ready":
		w.ready = true
	case "not-ready":
		w.ready = false
	case "drained":
		w.drained = true
		s.checkDrained()
	default:
		s.logBounded("closed the proxy's control connection: it said what is not of the protocol")
		s.loseWatcher(w)
	}
}

// loseWatcher closes a control connection that has ended.
func (s *shim) loseWatcher(w *watcher) {
	if s.watcher == w {
		s.closeWatcher()
		s.checkDrained()
	}
}

func (s *shim) closeWatcher() {
	if s.watcher != nil {
		s.loop.forget(s.watcher.fd)
		_ = syscall.Close(s.watcher.fd)
		s.watcher = nil
	}
}
