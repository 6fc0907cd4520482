package main

import (
	"fmt"
	"time"
)

const (
	// checkInterval is between looks at whether anything was forked, when no memory limit is near.
	checkInterval = 100 * time.Millisecond
	// lookInterval is between looks at all processes when nothing seems to happen.
	lookInterval = 500 * time.Millisecond
	// fastestGrowth is what a process is expected to allocate at most, in bytes a second: the nearer the limit, the
	// sooner the next check, down to fastestCheck.
	fastestGrowth = 4 << 30
	fastestCheck  = 5 * time.Millisecond
	// nearlyOut is the share of the container's limit, in percent, at which the largest process is ended: the kernel
	// would end the whole container at 100.
	nearlyOut = 90
)

// bounds watches what the processes of the server use.
type bounds struct {
	memory, tasks int64 // per process; 0: not bounded
	container     *memoryCgroup
	timer         *timer
	lastLook      time.Time
	lastPid       string
	lastUsage     int64
}

func newBounds(options serveOptions) bounds {
	return bounds{memory: int64(options.memoryPerProcess), tasks: int64(options.tasksPerProcess),
		container: findMemoryCgroup("/proc/self/cgroup", "/sys/fs/cgroup")}
}

// scheduleCheck makes sure that a check is coming.
func (s *shim) scheduleCheck() {
	if s.bounds.timer == nil {
		s.bounds.timer = s.loop.after(checkInterval, s.check)
	}
}

// check looks at all processes if there is a reason to, and comes again as soon as the limits are near.
func (s *shim) check() {
	b := &s.bounds
	b.timer = nil
	usage := b.container.usage()
	if pid := s.tree.proc.lastPid(); pid != b.lastPid || usage > b.lastUsage+b.growthToLook() ||
		time.Since(b.lastLook) >= lookInterval || b.container.nearlyOut(usage) {
		b.lastPid, b.lastUsage, b.lastLook = pid, usage, time.Now()
		s.look(usage)
	}
	b.lastUsage = min(b.lastUsage, usage)
	if len(s.processes) > 0 || s.tree.holds() {
		b.timer = s.loop.after(b.nextCheck(usage), s.check)
	}
}

// growthToLook is how much the container may grow before processes are looked at again.
func (b *bounds) growthToLook() int64 {
	if b.memory > 0 {
		return b.memory / 8
	}
	return 64 << 20
}

// nextCheck comes before the container can reach its limit.
func (b *bounds) nextCheck(usage int64) time.Duration {
	if b.container == nil {
		return checkInterval
	}
	headroom := b.container.limit/100*nearlyOut - usage
	// In milliseconds: gigabytes times nanoseconds do not fit.
	return min(checkInterval, max(fastestCheck, time.Duration(headroom/(fastestGrowth/1000))*time.Millisecond))
}

// look takes a snapshot and ends what is over a limit, or outlived its server.
func (s *shim) look(usage int64) {
	seen, err := s.tree.look(s.mains)
	if err != nil {
		s.logBounded("cannot read /proc: " + err.Error())
		return
	}
	s.endRemains(seen)
	s.addUp(seen)
	for _, p := range s.processes {
		if p.killing {
			continue
		}
		if reason := s.overLimit(p, seen); reason != "" {
			s.kill(p, reason)
		}
	}
	if s.bounds.container.nearlyOut(usage) {
		s.endLargest(seen)
	}
}

// addUp sums what each process and all that it started have.
func (s *shim) addUp(seen snapshot) {
	for _, p := range s.processes {
		p.threads, p.resident = 0, 0
	}
	for _, member := range seen.tasks {
		if p := s.processes[member.owner]; p != nil {
			p.threads += int64(member.threads)
			p.resident += member.resident
		}
	}
}

// overLimit says which limit a process exceeds, if any.
func (s *shim) overLimit(p *process, seen snapshot) string {
	if limit := s.bounds.tasks; limit > 0 && p.threads > limit {
		return fmt.Sprintf("had %d of %d tasks", p.threads, limit)
	}
	// Resident memory is at least what counts and comes with the snapshot, so only who is over by it is read closely.
	if limit := s.bounds.memory; limit > 0 && p.resident > limit {
		if used := s.privateMemory(seen.of(p.number)); used > limit {
			return fmt.Sprintf("used %s of %s of memory", mebibytes(used), mebibytes(limit))
		}
	}
	return ""
}

func (s *shim) privateMemory(tasks []task) int64 {
	sum := int64(0)
	for _, member := range tasks {
		sum += s.tree.proc.privateMemory(member.pid)
	}
	return sum
}

// endLargest ends the process that uses most, unless one is being ended: its memory may be on its way back.
func (s *shim) endLargest(seen snapshot) {
	var largest *process
	most := int64(-1)
	for number, p := range s.processes {
		if p.killing {
			return
		}
		if used := s.privateMemory(seen.of(number)); used > most {
			largest, most = p, used
		}
	}
	if largest != nil {
		s.kill(largest, "the container was nearly out of memory")
	}
}

func mebibytes(bytes int64) string { return fmt.Sprintf("%d MiB", (bytes+(1<<20)-1)>>20) }
