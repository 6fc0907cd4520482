package main

import (
	"syscall"
	"time"
)

const (
	// maxDrainWaiters is more than a pod's end needs: the server itself may ask, too.
	maxDrainWaiters = 8
	// stopPatience is how long after a drain SIGTERM may take to come. A pod that does not end is of no use as it is, so
	// the shim ends by itself then, and its container starts anew.
	stopPatience = time.Minute
)

// addDrainWaiter begins draining and keeps the connection until it is over.
func (s *shim) addDrainWaiter(fd int) {
	if len(s.drainWaiters) >= maxDrainWaiters {
		refuse(fd, "too many wait already")
		return
	}
	s.beginDraining()
	if s.drained {
		answer(fd, drainedLine())
		return
	}
	leave := func(uint32) {
		s.loop.forget(fd)
		_ = syscall.Close(fd)
		delete(s.drainWaiters, fd)
	}
	if s.loop.watch(fd, hungUp, leave) != nil {
		refuse(fd, "the shim cannot watch another connection")
		return
	}
	s.drainWaiters[fd] = struct{}{}
}

func drainedLine() []byte { return object(nil).flag("drained", true).line() }

// beginDraining tells the proxy; it is the proxy that knows when its calls are done. It may start processes until then.
func (s *shim) beginDraining() {
	if s.draining {
		return
	}
	s.draining = true
	s.log.write(record("info", "draining"))
	s.tell(object(nil).flag("draining", true))
	s.loop.after(s.options.drain, func() { s.endDraining("draining took too long: what is left is ended") })
	s.checkDrained()
}

// checkDrained ends draining when the proxy has said that nothing is left, or when there is nobody and nothing.
func (s *shim) checkDrained() {
	if !s.draining {
		return
	}
	if w := s.watcher; (w != nil && w.drained) || (w == nil && len(s.processes) == 0) {
		s.endDraining("drained")
	}
	s.exitWhenDone()
}

func (s *shim) endDraining(message string) {
	if s.drained {
		return
	}
	s.drained = true
	s.loop.after(stopPatience, s.terminate)
	s.log.write(record("info", message).number("processes", len(s.processes)))
	for fd := range s.drainWaiters {
		s.loop.forget(fd)
		answer(fd, drainedLine())
		delete(s.drainWaiters, fd)
	}
	s.exitWhenDone()
}

// terminate is the answer to SIGTERM: the shim drains, ends what is left, and goes.
func (s *shim) terminate() {
	s.terminating = true
	s.beginDraining()
	s.exitWhenDone()
}

func (s *shim) exitWhenDone() {
	if !s.terminating || !s.drained {
		return
	}
	if len(s.processes) == 0 {
		s.loop.stop()
		return
	}
	if s.leaving {
		return
	}
	s.leaving = true
	for _, p := range s.processes {
		s.closeInput(p, "the shim is ending")
	}
	s.loop.after(2*s.options.grace+exitMargin, s.loop.stop)
}
