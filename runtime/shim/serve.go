package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

const (
	serveUsage = "serve --socket PATH [OPTIONS] -- COMMAND [ARGUMENT…]"
	// exitMargin is what the end of the last processes may take after their SIGKILL.
	exitMargin = 500 * time.Millisecond

	prSetChildSubreaper = 36
)

type serveOptions struct {
	socket           string
	allowed          uidsValue
	maxProcesses     countValue
	memoryPerProcess bytesValue // 0: not bounded
	tasksPerProcess  countValue // 0: not bounded
	grace, drain     time.Duration
	pipes            bool
	command          []string
}

func parseServe(arguments []string) (serveOptions, error) {
	options := serveOptions{allowed: uidsValue{}, maxProcesses: 1000}
	grace, drain := secondsValue(2*time.Second), secondsValue(330*time.Second)
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	flags.StringVar(&options.socket, "socket", "", "`PATH` of the Unix socket to serve")
	flags.Var(options.allowed, "allow-uid", "`UID` that may start processes; may be repeated (default: the shim's own)")
	flags.Var(&options.maxProcesses, "max-processes", "at most `N` processes of the server at once (default 1000)")
	flags.Var(&options.memoryPerProcess, "memory-per-process", "end a process that uses more than `BYTES` (or Mi)")
	flags.Var(&options.tasksPerProcess, "tasks-per-process", "end a process that has more than `N` threads and children")
	flags.Var(&grace, "grace-seconds", "`S` from end of input to SIGTERM, and from there to SIGKILL (default 2)")
	flags.Var(&drain, "drain-seconds", "draining ends after `S` in any case (default 330)")
	flags.BoolVar(&options.pipes, "pipes", false, "give the server pipes and copy, for those that cannot use a socket")
	rest, err := parseOptions(flags, serveUsage, arguments)
	if err != nil {
		return options, err
	}
	options.grace, options.drain, options.command = time.Duration(grace), time.Duration(drain), rest
	if options.socket == "" {
		return options, usageError("--socket is missing: give the path of the socket to serve")
	}
	if len(rest) == 0 {
		return options, usageError("the server's command is missing: put it behind --")
	}
	if len(options.allowed) == 0 {
		options.allowed[uint32(os.Geteuid())] = true
	}
	return options, nil
}

// shim is the state of the serve command. Only the event loop touches it.
type shim struct {
	options  serveOptions
	loop     *loop
	log      *logger
	instance string
	uid      uint32

	listener    int
	spare       int // a descriptor to give up when there is no other
	pending     []*peer
	warned      int
	warnedSince time.Time

	watcher      *watcher
	drainWaiters map[int]struct{}

	started   int
	processes map[int]*process // by number
	mains     map[int]int      // number by pid, of main processes that run
	tree      *tree
	bounds    bounds

	draining, drained, terminating, leaving bool
}

func runServe(arguments []string) error {
	options, err := parseServe(arguments)
	if err != nil {
		return err
	}
	events, err := newLoop()
	if err != nil {
		return err
	}
	if err := becomeReaper(); err != nil {
		return err
	}
	warmThreads()
	s := newShim(options, events)
	if s.listener, err = listen(options.socket); err != nil {
		return err
	}
	defer os.Remove(options.socket)
	s.resumeAccepting()
	s.handleSignals()
	s.log.write(record("info", "listening").text("socket", options.socket).text("version", version))
	err = events.run()
	s.killAll()
	s.log.close()
	return err
}

func newShim(options serveOptions, events *loop) *shim {
	instance := fmt.Sprintf("%016x", rand.Uint64())
	return &shim{
		options: options, loop: events, log: newLogger(), instance: instance, uid: uint32(os.Geteuid()), spare: -1,
		drainWaiters: map[int]struct{}{}, processes: map[int]*process{}, mains: map[int]int{},
		tree: newTree(instance), bounds: newBounds(options),
	}
}

// becomeReaper makes orphans of the servers children of the shim, also where it is not a container's init.
func becomeReaper() error {
	if _, _, errno := syscall.RawSyscall(syscall.SYS_PRCTL, prSetChildSubreaper, 1, 0); errno != 0 {
		return os.NewSyscallError("prctl PR_SET_CHILD_SUBREAPER", errno)
	}
	return nil
}

// warmThreads makes the threads that Go may ever want for the shim. Go ends the program when it cannot make one, and
// the moment when it cannot is a fork bomb, which the shim is there to outlive.
func warmThreads() {
	const threads = 8
	var pipe [2]int
	if syscall.Pipe2(pipe[:], syscall.O_CLOEXEC) != nil {
		return
	}
	reading, done := make(chan struct{}), make(chan struct{})
	for range threads {
		go func() {
			reading <- struct{}{}
			var char [1]byte
			_, _ = syscall.Read(pipe[0], char[:]) // holds a thread
			done <- struct{}{}
		}()
	}
	for range threads {
		<-reading
	}
	_, _ = syscall.Write(pipe[1], make([]byte, threads))
	for range threads {
		<-done
	}
	_, _ = syscall.Close(pipe[0]), syscall.Close(pipe[1])
}

// handleSignals: SIGTERM (and SIGQUIT, which some images name as their stop signal) drains; others are the servers'.
func (s *shim) handleSignals() {
	signals := make(chan os.Signal, 64)
	signal.Notify(signals, syscall.SIGCHLD, syscall.SIGTERM, syscall.SIGQUIT,
		syscall.SIGINT, syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGWINCH)
	go func() {
		for received := range signals {
			s.loop.post(func() { s.onSignal(received.(syscall.Signal)) })
		}
	}()
}

func (s *shim) onSignal(received syscall.Signal) {
	switch received {
	case syscall.SIGCHLD:
		s.reap()
	case syscall.SIGTERM, syscall.SIGQUIT:
		s.terminate()
	default:
		for pid := range s.mains {
			_ = syscall.Kill(pid, received)
		}
	}
}

// health is the answer to probes.
func (s *shim) health() []byte {
	return object(nil).flag("alive", true).flag("ready", s.watcher != nil && s.watcher.ready && !s.draining).
		flag("draining", s.draining).number("processes", len(s.processes)).line()
}

// mark is the environment variable that says which process of the server something belongs to.
func (s *shim) mark(number int) string {
	return ownerVariable + "=" + s.instance + "-" + strconv.Itoa(number)
}
