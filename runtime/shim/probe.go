package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"
)

const (
	probeUsage       = "probe --socket PATH alive|ready"
	waitDrainedUsage = "wait-drained --socket PATH [--timeout-seconds S]"
	// probeTimeout is what a shim may take to answer that it is alive.
	probeTimeout = 2 * time.Second
)

// runProbe is an exec probe: exit status 0 or 1, and one line that says why.
func runProbe(arguments []string) error {
	socket, rest, err := parseSocket(flag.NewFlagSet("probe", flag.ContinueOnError), probeUsage, arguments)
	if err != nil {
		return err
	}
	if len(rest) != 1 || (rest[0] != "alive" && rest[0] != "ready") {
		return usageError("say what to ask for, alive or ready: " + probeUsage)
	}
	answer, err := ask(socket, "health", probeTimeout)
	if err != nil {
		return exitError{1, "not alive: " + err.Error()}
	}
	if !bytes.Contains(answer, []byte(`"alive":true`)) {
		return exitError{1, "not alive: the shim answered " + string(bytes.TrimSpace(answer))}
	}
	if rest[0] == "ready" && !bytes.Contains(answer, []byte(`"ready":true`)) {
		return exitError{1, "not ready: the server has not answered the proxy"}
	}
	fmt.Println(rest[0])
	return nil
}

// runWaitDrained is a preStop hook: the container may end once nothing is left to do.
func runWaitDrained(arguments []string) error {
	flags := flag.NewFlagSet("wait-drained", flag.ContinueOnError)
	timeout := secondsValue(340 * time.Second)
	flags.Var(&timeout, "timeout-seconds", "give up after `S` (default 340)")
	socket, rest, err := parseSocket(flags, waitDrainedUsage, arguments)
	if err != nil {
		return err
	}
	if len(rest) != 0 || timeout == 0 {
		return usageError("no argument is known, and the timeout is more than 0: " + waitDrainedUsage)
	}
	answer, err := ask(socket, "drain", time.Duration(timeout))
	switch {
	case errors.Is(err, syscall.ENOENT), errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ECONNRESET),
		err == io.EOF:
		return nil // the shim is gone, and with it what there was to drain
	case err != nil:
		return exitError{1, "not drained: " + err.Error()}
	case !bytes.HasPrefix(answer, []byte(`{"drained":true`)):
		return exitError{1, "not drained: the shim said " + string(answer)}
	}
	return nil
}

func parseSocket(flags *flag.FlagSet, usage string, arguments []string) (string, []string, error) {
	socket := flags.String("socket", "", "`PATH` of the shim's Unix socket")
	rest, err := parseOptions(flags, usage, arguments)
	if err == nil && *socket == "" {
		err = usageError("--socket is missing: give the path of the shim's socket")
	}
	return *socket, rest, err
}

// ask sends a first line to a shim and returns the line it answers; io.EOF when it closes instead.
func ask(socket, request string, timeout time.Duration) ([]byte, error) {
	fd, err := dial(socket, timeout)
	if err != nil {
		return nil, fmt.Errorf("cannot connect to %s: %w", socket, err)
	}
	defer syscall.Close(fd)
	// A shim that refuses may have closed before it has heard the request: its answer is there to read all the same.
	_, err = syscall.SendmsgN(fd, []byte(request+"\n"), nil, nil, syscall.MSG_NOSIGNAL)
	if err != nil && err != syscall.EPIPE {
		return nil, err
	}
	var answer []byte
	var buffer [512]byte
	deadline := time.Now().Add(timeout)
	for !bytes.Contains(answer, []byte("\n")) {
		n, err := syscall.Read(fd, buffer[:])
		switch {
		case err == syscall.EINTR:
		case err == syscall.EAGAIN || time.Now().After(deadline):
			return nil, fmt.Errorf("no answer within %g s", timeout.Seconds())
		case err != nil:
			return nil, err
		case n == 0:
			return nil, io.EOF
		default:
			answer = append(answer, buffer[:n]...)
		}
	}
	return bytes.TrimSpace(answer), nil
}

// dial connects to a shim; what is sent and received afterwards takes at most the timeout each.
func dial(path string, timeout time.Duration) (int, error) {
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, os.NewSyscallError("socket", err)
	}
	limit := syscall.NsecToTimeval(int64(timeout))
	for _, option := range []int{syscall.SO_SNDTIMEO, syscall.SO_RCVTIMEO} {
		if err = syscall.SetsockoptTimeval(fd, syscall.SOL_SOCKET, option, &limit); err != nil {
			break
		}
	}
	if err == nil {
		err = syscall.Connect(fd, &syscall.SockaddrUnix{Name: path})
	}
	if err != nil {
		_ = syscall.Close(fd)
		return -1, err
	}
	return fd, nil
}
