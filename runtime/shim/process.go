package main

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"
)

// process is one process of the server with all that it started.
type process struct {
	number     int
	pid        int
	connection int // the shim's copy of what is the server's stdin and stdout
	pipes      *pipes
	mainEnded  bool
	how        string // how the main process ended
	reason     string // why, when the shim ended it
	ending     bool   // its input has ended
	killing    bool
	killRounds int
	killSince  time.Time
	next       *timer // the next step of its end

	threads, resident int64 // of all that belongs to it, when it was last looked at
}

// start answers a peer that asks for a process, and starts one on its connection.
func (s *shim) start(fd int) {
	switch {
	case s.drained:
		refuse(fd, "the shim has drained")
		return
	case len(s.processes) >= int(s.options.maxProcesses):
		refuse(fd, fmt.Sprintf("all %d processes are in use", s.options.maxProcesses))
		return
	}
	s.started++
	p := &process{number: s.started, connection: fd}
	// Said before the start, so that no byte of the server can come before it.
	if n, err := send(fd, object(nil).number("process", p.number).line()); n == 0 || err != nil {
		_ = syscall.Close(fd)
		return
	}
	if err := s.launch(p); err != nil {
		p.how = "cannot be started: " + err.Error()
		s.announceEnd(p)
		_ = syscall.Close(fd)
		return
	}
	s.processes[p.number], s.mains[p.pid] = p, p.number
	s.log.write(record("info", "process started").number("process", p.number).number("pid", p.pid))
	s.scheduleCheck()
	if s.loop.watch(fd, hungUp, func(uint32) { s.closeInput(p, "") }) != nil {
		s.kill(p, "the shim cannot watch another connection")
	}
}

// launch starts the server's command in a session of its own.
func (s *shim) launch(p *process) error {
	path, err := findCommand(s.options.command[0])
	if err != nil {
		return fmt.Errorf("exec: %w", err)
	}
	files := []uintptr{uintptr(p.connection), uintptr(p.connection), 2}
	if s.options.pipes {
		if p.pipes, err = newPipes(); err != nil {
			return err
		}
		files[0], files[1] = uintptr(p.pipes.childInput), uintptr(p.pipes.childOutput)
	}
	p.pid, err = syscall.ForkExec(path, s.options.command, &syscall.ProcAttr{
		Env: append([]string{s.mark(p.number)}, os.Environ()...), Files: files,
		Sys: &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL},
	})
	if p.pipes != nil {
		p.pipes.begin(p.connection, err == nil)
	}
	switch err {
	case nil:
		return nil
	case syscall.EAGAIN, syscall.ENOMEM, syscall.EMFILE, syscall.ENFILE:
		return fmt.Errorf("fork: %w", err)
	}
	return fmt.Errorf("exec: %w", err)
}

// findCommand looks a command up as execvp does.
func findCommand(name string) (string, error) {
	if strings.Contains(name, "/") {
		return name, nil
	}
	path, set := os.LookupEnv("PATH")
	if !set {
		path = "/bin:/usr/bin"
	}
	var failure error = syscall.ENOENT
	for _, directory := range strings.Split(path, ":") {
		if directory == "" {
			directory = "."
		}
		candidate := directory + "/" + name
		info, err := os.Stat(candidate)
		if err != nil || info.IsDir() {
			continue
		}
		const executable = 1 // X_OK
		if err := syscall.Access(candidate, executable); err != nil {
			failure = err
			continue
		}
		return candidate, nil
	}
	return "", failure
}

// closeInput begins the order of the end: the server sees the end of its input, then SIGTERM, then SIGKILL.
func (s *shim) closeInput(p *process, reason string) {
	s.loop.forget(p.connection)
	if p.ending || p.killing {
		return
	}
	p.ending, p.reason = true, reason
	_ = syscall.Shutdown(p.connection, syscall.SHUT_RD)
	p.next = s.loop.after(s.options.grace, func() {
		s.signalAll(p, syscall.SIGTERM)
		p.next = s.loop.after(s.options.grace, func() {
			s.kill(p, fmt.Sprintf("did not end within %g s of the end of its input", 2*s.options.grace.Seconds()))
		})
	})
}

// announceEnd tells the proxy and the log how a process ended.
func (s *shim) announceEnd(p *process) {
	event := object(nil).number("ended", p.number).text("how", p.how)
	entry := record("info", "process ended").number("process", p.number).text("how", p.how)
	if p.reason != "" {
		event, entry = event.text("reason", p.reason), entry.text("reason", p.reason)
	}
	s.tell(event)
	s.log.write(entry)
}

// finish: nothing is left of a process.
func (s *shim) finish(p *process) {
	s.loop.cancel(p.next)
	s.loop.forget(p.connection)
	delete(s.processes, p.number)
	s.announceEnd(p)
	if p.pipes != nil {
		p.pipes.closeWhenCopied(s.loop, s.options.grace)
	} else {
		_ = syscall.Close(p.connection)
	}
	s.checkDrained()
}

// describeEnd says how a main process ended.
func describeEnd(status syscall.WaitStatus) string {
	if status.Signaled() {
		return "signal " + signalName(status.Signal())
	}
	return fmt.Sprintf("exit code %d", status.ExitStatus())
}

func signalName(number syscall.Signal) string {
	names := strings.Fields("HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT " +
		"CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS")
	if number < 1 || int(number) > len(names) {
		return fmt.Sprintf("%d", int(number))
	}
	return "SIG" + names[number-1]
}
