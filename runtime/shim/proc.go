package main

import (
	"bytes"
	"os"
	"strconv"
	"syscall"
)

// task is a process as /proc/PID/stat shows it.
type task struct {
	pid, parent, session, threads int
	zombie                        bool
	start                         uint64 // in clock ticks since boot: with pid it names a process for good
	resident                      int64  // bytes, file mappings included

	owner    int  // number of the process of the server that it belongs to
	resolved bool // the owner is known
}

var pageSize = int64(os.Getpagesize())

// parseStat reads /proc/PID/stat. The name of the process stands in parentheses and may hold anything,
// parentheses, spaces and newlines too, so fields are counted from the last one.
func parseStat(stat []byte) (task, bool) {
	opening, closing := bytes.IndexByte(stat, '('), bytes.LastIndexByte(stat, ')')
	if opening < 1 || closing < opening {
		return task{}, false
	}
	parsed, valid := task{pid: int(parseNumber(bytes.TrimSpace(stat[:opening])))}, false
	rest := stat[closing+1:]
	// Fields are numbered as in proc(5).
	for field := 3; field <= 24; field++ {
		rest = bytes.TrimLeft(rest, " \n")
		end := bytes.IndexAny(rest, " \n")
		if end < 0 {
			end = len(rest)
		}
		text := rest[:end]
		rest = rest[end:]
		switch field {
		case 3:
			parsed.zombie = bytes.Equal(text, []byte("Z")) || bytes.Equal(text, []byte("X"))
		case 4:
			parsed.parent = int(parseNumber(text))
		case 6:
			parsed.session = int(parseNumber(text))
		case 20:
			parsed.threads = int(parseNumber(text))
		case 22:
			parsed.start = uint64(parseNumber(text))
		case 24:
			parsed.resident, valid = parseNumber(text)*pageSize, len(text) > 0
		}
	}
	return parsed, valid
}

// parseNumber is 0 for what is none: the kernel does not write such.
func parseNumber(text []byte) int64 {
	value, _ := strconv.ParseInt(string(text), 10, 64)
	return value
}

// parseStatus sums RssAnon and RssShmem of /proc/PID/status: the memory that nothing but an end gives back.
// Pages of mapped files (programs, libraries) are left out: the kernel drops them when memory is short.
func parseStatus(status []byte) int64 {
	var sum int64
	for _, name := range []string{"\nRssAnon:", "\nRssShmem:"} {
		if _, rest, found := bytes.Cut(status, []byte(name)); found {
			line, _, _ := bytes.Cut(rest, []byte("\n"))
			if fields := bytes.Fields(line); len(fields) > 0 {
				sum += parseNumber(fields[0]) * 1024
			}
		}
	}
	return sum
}

// parseEnvironment finds a variable in /proc/PID/environ.
func parseEnvironment(environment []byte, name string) (string, bool) {
	for _, entry := range bytes.Split(environment, []byte{0}) {
		if value, found := bytes.CutPrefix(entry, []byte(name+"=")); found {
			return string(value), true
		}
	}
	return "", false
}

// procReader reads /proc without leaving garbage behind on every poll.
type procReader struct {
	root   string
	buffer []byte
	found  []task
}

func newProcReader() *procReader { return &procReader{root: "/proc", buffer: make([]byte, 4096)} }

// read returns a file's contents, valid until the next read; false when it is gone or may not be read.
func (r *procReader) read(path string) ([]byte, bool) {
	fd, err := open(path, syscall.O_RDONLY)
	if err != nil {
		return nil, false
	}
	defer syscall.Close(fd)
	size := 0
	for {
		n, err := syscall.Read(fd, r.buffer[size:])
		if err == syscall.EINTR {
			continue
		}
		if err != nil || n == 0 {
			return r.buffer[:size], err == nil
		}
		if size += n; size == len(r.buffer) {
			r.buffer = append(r.buffer, make([]byte, len(r.buffer))...)
		}
	}
}

func open(path string, flags int) (int, error) {
	for {
		fd, err := syscall.Open(path, flags|syscall.O_CLOEXEC, 0)
		if err != syscall.EINTR {
			return fd, err
		}
	}
}

// tasks lists all processes that are visible; the slice is valid until the next call.
func (r *procReader) tasks() ([]task, error) {
	directory, err := os.Open(r.root)
	if err != nil {
		return nil, err
	}
	names, err := directory.Readdirnames(-1)
	directory.Close()
	if err != nil {
		return nil, err
	}
	r.found = r.found[:0]
	for _, name := range names {
		if name[0] < '0' || name[0] > '9' {
			continue
		}
		if stat, ok := r.read(r.root + "/" + name + "/stat"); ok {
			if parsed, ok := parseStat(stat); ok {
				r.found = append(r.found, parsed)
			}
		}
	}
	return r.found, nil
}

// privateMemory is what parseStatus sums, 0 for a process that has gone.
func (r *procReader) privateMemory(pid int) int64 {
	status, _ := r.read(r.root + "/" + strconv.Itoa(pid) + "/status")
	return parseStatus(status)
}

// environmentVariable reads one of a process's initial environment.
func (r *procReader) environmentVariable(pid int, name string) (string, bool) {
	environment, ok := r.read(r.root + "/" + strconv.Itoa(pid) + "/environ")
	if !ok {
		return "", false
	}
	return parseEnvironment(environment, name)
}

// lastPid is the number that was given to the youngest process or thread, so it moves when anything forks.
func (r *procReader) lastPid() string {
	load, _ := r.read(r.root + "/loadavg")
	if fields := bytes.Fields(load); len(fields) == 5 {
		return string(fields[4])
	}
	return ""
}
