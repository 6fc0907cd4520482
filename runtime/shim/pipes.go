package main

import (
	"io"
	"os"
	"syscall"
	"time"
)

// pipes stand between a server that cannot use a socket and its connection; the shim copies.
type pipes struct {
	childInput, childOutput int
	input, output           int // the shim's ends
	inputEnd, outputEnd     *os.File
	connection              *os.File
	copied                  chan struct{} // all that the server wrote has been passed on
}

func newPipes() (*pipes, error) {
	var input, output [2]int
	if err := syscall.Pipe2(input[:], syscall.O_CLOEXEC); err != nil {
		return nil, os.NewSyscallError("pipe", err)
	}
	if err := syscall.Pipe2(output[:], syscall.O_CLOEXEC); err != nil {
		_, _ = syscall.Close(input[0]), syscall.Close(input[1])
		return nil, os.NewSyscallError("pipe", err)
	}
	return &pipes{childInput: input[0], input: input[1], output: output[0], childOutput: output[1],
		copied: make(chan struct{})}, nil
}

// begin carries bytes both ways, and each end of input as well; or closes all, where the process did not start. The
// connection belongs to the pipes from here on.
func (p *pipes) begin(connection int, started bool) {
	_, _ = syscall.Close(p.childInput), syscall.Close(p.childOutput)
	if !started {
		_, _ = syscall.Close(p.input), syscall.Close(p.output)
		return
	}
	for _, fd := range []int{p.input, p.output, connection} {
		// Only the shim's ends: the server's are descriptions of their own, and stay blocking.
		_ = syscall.SetNonblock(fd, true)
	}
	p.inputEnd, p.outputEnd = os.NewFile(uintptr(p.input), "stdin"), os.NewFile(uintptr(p.output), "stdout")
	p.connection = os.NewFile(uintptr(connection), "connection")
	go func() {
		_, _ = io.Copy(p.inputEnd, p.connection)
		_ = p.inputEnd.Close()
	}()
	go func() {
		_, _ = io.Copy(p.connection, p.outputEnd)
		_ = p.outputEnd.Close()
		p.endOutput()
		close(p.copied)
	}()
}

// endOutput half-closes the connection, if it is still open.
func (p *pipes) endOutput() {
	if raw, err := p.connection.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) { _ = syscall.Shutdown(int(fd), syscall.SHUT_WR) })
	}
}

// closeWhenCopied closes the connection when what the server has written has gone out, or when that takes too long.
func (p *pipes) closeWhenCopied(events *loop, patience time.Duration) {
	overdue := events.after(patience, func() { _ = p.connection.Close() })
	go func() {
		<-p.copied
		events.post(func() {
			events.cancel(overdue)
			_ = p.connection.Close()
		})
	}()
}
