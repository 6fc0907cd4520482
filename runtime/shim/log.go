package main

import (
	"strconv"
	"syscall"
	"time"
	"unicode/utf8"
)

// object writes one JSON object, fields in the order they are added. The shim says a handful of flat objects;
// encoding/json would be the largest part of the binary.
type object []byte

func (o object) key(name string) object {
	if len(o) == 0 {
		o = append(o, '{')
	} else {
		o = append(o, ',')
	}
	return append(appendQuoted(o, name), ':')
}

func (o object) text(name, value string) object { return appendQuoted(o.key(name), value) }

func (o object) number(name string, value int) object {
	return strconv.AppendInt(o.key(name), int64(value), 10)
}

func (o object) flag(name string, value bool) object { return strconv.AppendBool(o.key(name), value) }

// line ends the object and the line.
func (o object) line() []byte { return append(o, '}', '\n') }

func appendQuoted(to []byte, text string) []byte {
	const hex = "0123456789abcdef"
	to = append(to, '"')
	for _, char := range text {
		switch {
		case char == '"' || char == '\\':
			to = append(to, '\\', byte(char))
		case char < 0x20:
			to = append(to, '\\', 'u', '0', '0', hex[char>>4], hex[char&15])
		default:
			to = utf8.AppendRune(to, char)
		}
	}
	return append(to, '"')
}

// logger writes records to stderr, shaped like the proxy's. A reader of stderr that stalls must not stall the
// shim, so a goroutine writes, and what does not fit its queue is dropped.
type logger struct {
	records chan []byte
	done    chan struct{}
}

func newLogger() *logger {
	log := &logger{records: make(chan []byte, 256), done: make(chan struct{})}
	go func() {
		for record := range log.records {
			_, _ = syscall.Write(2, record)
		}
		close(log.done)
	}()
	return log
}

func record(level, message string) object {
	const isoTime = "2006-01-02T15:04:05.000Z"
	return object(nil).text("level", level).text("time", time.Now().UTC().Format(isoTime)).
		text("program", "shim").text("msg", message)
}

func (l *logger) write(entry object) {
	select {
	case l.records <- entry.line():
	default:
	}
}

// close writes what is queued, for at most a second.
func (l *logger) close() {
	close(l.records)
	select {
	case <-l.done:
	case <-time.After(time.Second):
	}
}
