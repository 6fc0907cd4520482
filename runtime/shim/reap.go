package main

import (
	"syscall"
	"time"
)

const (
	// stopRounds bounds how long one pass chases processes that fork faster than they are stopped.
	stopRounds = 20
	// killPatience is how long `ended` waits for processes that even SIGKILL does not end (they hang in the kernel).
	killPatience = 5 * time.Second
)

// reap collects all children that have ended: main processes, and orphans that came to the shim.
func (s *shim) reap() {
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, syscall.WNOHANG, nil)
		if err == syscall.EINTR {
			continue
		}
		if err != nil || pid <= 0 {
			return
		}
		if p := s.processes[s.mains[pid]]; p != nil {
			delete(s.mains, pid)
			p.mainEnded, p.how = true, describeEnd(status)
			s.kill(p, "")
		}
	}
}

// kill ends a process and all that it started. Why stays empty where the shim does not decide it.
func (s *shim) kill(p *process, reason string) {
	if p.killing {
		s.soon(p, 0)
		return
	}
	if reason != "" {
		p.reason = reason
	}
	p.killing, p.killSince = true, time.Now()
	s.soon(p, 0)
}

// soon schedules the next kill round: never at once, since rounds reap and reaping kills.
func (s *shim) soon(p *process, wait time.Duration) {
	s.loop.cancel(p.next)
	p.next = s.loop.after(wait, func() { s.killRound(p) })
}

// killRound stops everything first, so that nothing forks while it is being killed, and comes again until nothing is
// left.
func (s *shim) killRound(p *process) {
	stopped := map[identity]bool{}
	for range stopRounds {
		s.reap()
		seen, err := s.tree.look(s.mains)
		left := seen.of(p.number)
		if err == nil && len(left) == 0 && p.mainEnded && !seen.torn {
			s.finish(p)
			return
		}
		fresh := false
		for _, member := range left {
			name := member.identity()
			if !stopped[name] {
				fresh, stopped[name] = true, true
				_ = syscall.Kill(member.pid, syscall.SIGSTOP)
			}
		}
		if !fresh {
			signalTasks(left, syscall.SIGKILL)
			break
		}
	}
	if p.mainEnded && time.Since(p.killSince) > killPatience {
		s.finish(p)
		return
	}
	p.killRounds++
	s.soon(p, time.Duration(min(p.killRounds, 20))*2*time.Millisecond)
}

// signalAll sends a signal to a process and all that it started.
func (s *shim) signalAll(p *process, number syscall.Signal) {
	if seen, err := s.tree.look(s.mains); err == nil {
		signalTasks(seen.of(p.number), number)
	} else {
		_ = syscall.Kill(p.pid, number)
	}
}

// signalTasks: the snapshot is microseconds old, so a pid that belongs to another by now is out of the question.
func signalTasks(tasks []task, number syscall.Signal) {
	for _, member := range tasks {
		// One that looks ended may have threads that live.
		_ = syscall.Kill(member.pid, number)
	}
}

// endRemains kills what belongs to no process that runs: daemons that outlived `ended`, and strays.
func (s *shim) endRemains(seen snapshot) {
	for _, remaining := range seen.tasks {
		if s.processes[remaining.owner] == nil {
			signalTasks([]task{remaining}, syscall.SIGKILL)
		}
	}
}

// killAll ends what is left when the shim goes.
func (s *shim) killAll() {
	for _, p := range s.processes {
		s.kill(p, "the shim is ending")
	}
	if seen, err := s.tree.look(s.mains); err == nil {
		signalTasks(seen.tasks, syscall.SIGKILL)
	}
}
