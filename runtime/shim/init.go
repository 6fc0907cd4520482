package main

import (
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

const initUsage = "init -- COMMAND [ARGUMENT…]"

// runInit runs one command as its only child, as a container's init does: it forwards signals, reaps orphans, and ends
// with the command, after what the command left behind.
func runInit(arguments []string) error {
	rest, err := parseOptions(flag.NewFlagSet("init", flag.ContinueOnError), initUsage, arguments)
	if err != nil {
		return err
	}
	if len(rest) == 0 {
		return usageError("the command is missing: " + initUsage)
	}
	if err := becomeReaper(); err != nil {
		return err
	}
	warmThreads()
	signals := make(chan os.Signal, 64)
	signal.Notify(signals)
	child, err := startChild(rest)
	if err != nil {
		// As shells have it: 127 not found, 126 found and not to be run.
		status := 126
		if err == syscall.ENOENT {
			status = 127
		}
		return exitError{status, fmt.Sprintf("cannot start %s: %v", rest[0], err)}
	}
	for received := range signals {
		switch number := received.(syscall.Signal); number {
		case syscall.SIGCHLD:
			if status, ended := reapUntil(child); ended {
				killDescendants()
				return exitError{status: status}
			}
		case syscall.SIGURG, syscall.SIGPIPE: // of Go's own scheduler, and of the shim's own stderr
		default:
			_ = syscall.Kill(child, number)
		}
	}
	return nil
}

func startChild(command []string) (int, error) {
	path, err := findCommand(command[0])
	if err != nil {
		return 0, err
	}
	return syscall.ForkExec(path, command, &syscall.ProcAttr{
		Env: os.Environ(), Files: []uintptr{0, 1, 2}, Sys: &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL},
	})
}

// reapUntil collects children that have ended, and says how the given one did if it is among them.
func reapUntil(child int) (status int, ended bool) {
	for {
		var how syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &how, syscall.WNOHANG, nil)
		switch {
		case err == syscall.EINTR:
		case err != nil || pid <= 0:
			return status, ended
		case pid == child && how.Signaled():
			status, ended = 128+int(how.Signal()), true
		case pid == child:
			status, ended = how.ExitStatus(), true
		}
	}
}

// killDescendants ends what descends from this process, until nothing does, for at most two seconds. As a container's
// init it need not: the kernel ends the container's processes with it.
func killDescendants() {
	if os.Getpid() == 1 {
		return
	}
	proc := newProcReader()
	for range 200 {
		tasks, err := proc.tasks()
		if err != nil {
			return
		}
		left := descendants(tasks, os.Getpid())
		if len(left) == 0 {
			return
		}
		signalTasks(left, syscall.SIGKILL)
		time.Sleep(10 * time.Millisecond)
		reapUntil(0)
	}
}

// descendants are the tasks whose chain of parents leads to a process.
func descendants(tasks []task, ancestor int) []task {
	family := map[int]bool{ancestor: true}
	var found []task
	for grown := true; grown; {
		grown = false
		for _, candidate := range tasks {
			if family[candidate.parent] && !family[candidate.pid] {
				family[candidate.pid], grown = true, true
				found = append(found, candidate)
			}
		}
	}
	return found
}
