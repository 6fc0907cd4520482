package main

import (
	"syscall"
)

const (
	// firstLineLimit is the longest first line, its line feed included.
	firstLineLimit = 32
	// noSignal and never waiting: a peer that does not read or has gone is no reason to stop.
	sendFlags = syscall.MSG_NOSIGNAL | syscall.MSG_DONTWAIT
)

// firstLine gathers the line by which a peer says what its connection is for.
type firstLine struct {
	bytes [firstLineLimit]byte
	size  int
}

type lineState int

const (
	lineIncomplete lineState = iota
	lineComplete
	lineTooLong
	lineClosed
)

// add takes one more byte.
func (f *firstLine) add(char byte) lineState {
	if char == '\n' {
		return lineComplete
	}
	if f.size == firstLineLimit-1 {
		return lineTooLong
	}
	f.bytes[f.size] = char
	f.size++
	return lineIncomplete
}

func (f *firstLine) text() string { return string(f.bytes[:f.size]) }

// receive reads what is there, a byte at a time: what follows the line belongs to the server.
func (f *firstLine) receive(fd int) lineState {
	var char [1]byte
	for {
		n, _, err := syscall.Recvfrom(fd, char[:], syscall.MSG_DONTWAIT)
		switch {
		case err == syscall.EINTR:
			continue
		case err == syscall.EAGAIN:
			return lineIncomplete
		case err != nil || n == 0:
			return lineClosed
		}
		if state := f.add(char[0]); state != lineIncomplete {
			return state
		}
	}
}

// send writes without waiting and returns how much was taken; an error other than a full buffer is returned.
func send(fd int, data []byte) (int, error) {
	for {
		n, err := syscall.SendmsgN(fd, data, nil, nil, sendFlags)
		switch err {
		case syscall.EINTR:
			continue
		case syscall.EAGAIN:
			return 0, nil
		}
		return n, err
	}
}

// answer writes one line and closes the connection.
func answer(fd int, line []byte) {
	_, _ = send(fd, line)
	// Bytes left unread would turn the close into a reset, which can overtake the answer.
	var rest [512]byte
	_, _, _ = syscall.Recvfrom(fd, rest[:], syscall.MSG_DONTWAIT)
	_ = syscall.Close(fd)
}

func refuse(fd int, reason string) { answer(fd, object(nil).text("refused", reason).line()) }
