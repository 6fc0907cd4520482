package main

import (
	"os"
	"sync"
	"syscall"
	"time"
)

const (
	readable = uint32(syscall.EPOLLIN)
	writable = uint32(syscall.EPOLLOUT)
	// hungUp is what a connection without readable reports: traffic on it never wakes the loop.
	hungUp = uint32(syscall.EPOLLRDHUP)
)

// loop is the one thread that everything happens on: descriptors, timers, and functions that others post.
type loop struct {
	epoll      int
	wake       int // an end of a pipe that makes the loop look at posted
	generation int32
	handlers   map[int32]*handler
	timers     map[*timer]struct{}
	stopped    bool

	mutex  sync.Mutex
	posted []func()
}

// handler is a descriptor's; its generation tells it from an earlier descriptor of the same number.
type handler struct {
	generation int32
	handle     func(events uint32)
}

type timer struct {
	at  time.Time
	run func()
}

func newLoop() (*loop, error) {
	epoll, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	var pipe [2]int
	if err := syscall.Pipe2(pipe[:], syscall.O_CLOEXEC|syscall.O_NONBLOCK); err != nil {
		return nil, os.NewSyscallError("pipe2", err)
	}
	l := &loop{epoll: epoll, wake: pipe[1], handlers: map[int32]*handler{}, timers: map[*timer]struct{}{}}
	return l, l.watch(pipe[0], readable, func(uint32) {
		var buffer [64]byte
		_, _ = syscall.Read(pipe[0], buffer[:])
		l.runPosted()
	})
}

// watch calls handle, level-triggered, when one of the events is there, and always when the peer has hung up.
func (l *loop) watch(fd int, events uint32, handle func(events uint32)) error {
	l.generation++
	event := syscall.EpollEvent{Events: events, Fd: int32(fd), Pad: l.generation}
	operation := syscall.EPOLL_CTL_ADD
	if l.handlers[int32(fd)] != nil {
		operation = syscall.EPOLL_CTL_MOD
	}
	if err := syscall.EpollCtl(l.epoll, operation, fd, &event); err != nil {
		return os.NewSyscallError("epoll_ctl", err)
	}
	l.handlers[int32(fd)] = &handler{l.generation, handle}
	return nil
}

// forget ends watch; it does nothing for a descriptor that is not watched.
func (l *loop) forget(fd int) {
	if l.handlers[int32(fd)] != nil {
		_ = syscall.EpollCtl(l.epoll, syscall.EPOLL_CTL_DEL, fd, nil)
		delete(l.handlers, int32(fd))
	}
}

// after runs a function once, later.
func (l *loop) after(wait time.Duration, run func()) *timer {
	t := &timer{time.Now().Add(wait), run}
	l.timers[t] = struct{}{}
	return t
}

// cancel forgets a timer; nil and timers that have run are fine.
func (l *loop) cancel(t *timer) { delete(l.timers, t) }

// post runs a function on the loop; any goroutine may call it.
func (l *loop) post(run func()) {
	l.mutex.Lock()
	l.posted = append(l.posted, run)
	l.mutex.Unlock()
	_, _ = syscall.Write(l.wake, []byte{0})
}

func (l *loop) runPosted() {
	l.mutex.Lock()
	posted := l.posted
	l.posted = nil
	l.mutex.Unlock()
	for _, run := range posted {
		run()
	}
}

// run handles events until stop is called.
func (l *loop) run() error {
	var events [64]syscall.EpollEvent
	for !l.stopped {
		n, err := syscall.EpollWait(l.epoll, events[:], l.untilNextTimer())
		if err != nil && err != syscall.EINTR {
			return os.NewSyscallError("epoll_wait", err)
		}
		for _, event := range events[:max(n, 0)] {
			// An earlier event of this batch may have closed the descriptor.
			if known := l.handlers[event.Fd]; known != nil && known.generation == event.Pad {
				known.handle(event.Events)
			}
		}
		l.runTimers()
	}
	return nil
}

func (l *loop) stop() { l.stopped = true }

// untilNextTimer is in milliseconds, rounded up; -1 waits for events only.
func (l *loop) untilNextTimer() int {
	if len(l.timers) == 0 {
		return -1
	}
	now, least := time.Now(), time.Hour
	for t := range l.timers {
		least = min(least, t.at.Sub(now))
	}
	return int(max(0, least+time.Millisecond-1) / time.Millisecond)
}

func (l *loop) runTimers() {
	if len(l.timers) == 0 {
		return
	}
	now := time.Now()
	for t := range l.timers {
		if !t.at.After(now) {
			delete(l.timers, t)
			t.run()
		}
	}
}
