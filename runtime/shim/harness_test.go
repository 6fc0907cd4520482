package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const patience = 10 * time.Second

// running is a shim that a test has started.
type running struct {
	t      *testing.T
	socket string
	cmd    *exec.Cmd
	exited chan error
	logs   *lockedBuffer
}

type lockedBuffer struct {
	mutex  sync.Mutex
	buffer bytes.Buffer
}

func (b *lockedBuffer) Write(data []byte) (int, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.buffer.Write(data)
}

func (b *lockedBuffer) String() string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.buffer.String()
}

// fixture is the command of a server that behaves as its name says.
func fixture(behaviour ...string) []string {
	return append([]string{os.Args[0], "as-server"}, behaviour...)
}

// serve starts a shim; options are those of the command line, without the socket.
func serve(t *testing.T, options string, server ...string) *running {
	t.Helper()
	return serveAs(t, func(*exec.Cmd) {}, options, server...)
}

func serveAs(t *testing.T, prepare func(*exec.Cmd), options string, server ...string) *running {
	t.Helper()
	directory, err := os.MkdirTemp("", "shim") // t.TempDir() may be too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(directory) })
	if err := os.Chmod(directory, 0o777); err != nil {
		t.Fatal(err)
	}
	s := &running{t: t, socket: filepath.Join(directory, "s"), exited: make(chan error, 1), logs: &lockedBuffer{}}
	arguments := append([]string{"as-shim", "serve", "--socket", s.socket}, strings.Fields(options)...)
	s.cmd = exec.Command(os.Args[0], append(append(arguments, "--"), server...)...)
	s.cmd.Stderr = s.logs
	s.cmd.WaitDelay = patience
	prepare(s.cmd)
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { s.exited <- s.cmd.Wait() }()
	t.Cleanup(s.end)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the shim's log:\n%s", s.logs)
		}
	})
	eventually(t, "the shim answers", func() bool { _, err := ask(s.socket, "health", time.Second); return err == nil })
	return s
}

func (s *running) end() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.exited:
	case <-time.After(patience):
		s.t.Errorf("the shim did not end; its log:\n%s", s.logs)
		_ = s.cmd.Process.Kill()
	}
}

// waitExit returns how the shim ended.
func (s *running) waitExit() error {
	s.t.Helper()
	select {
	case err := <-s.exited:
		s.exited <- err
		return err
	case <-time.After(patience):
		s.t.Fatalf("the shim did not end; its log:\n%s", s.logs)
		return nil
	}
}

// connection is one to the shim.
type connection struct {
	*net.UnixConn
	t     *testing.T
	lines *bufio.Reader
}

// connect opens a connection and writes what it is for.
func (s *running) connect(first string) *connection {
	s.t.Helper()
	raw, err := net.Dial("unix", s.socket)
	if err != nil {
		s.t.Fatal(err)
	}
	c := &connection{raw.(*net.UnixConn), s.t, bufio.NewReader(raw)}
	s.t.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(2 * patience))
	c.write(first)
	return c
}

func (c *connection) write(text string) {
	c.t.Helper()
	if _, err := c.Write([]byte(text)); err != nil {
		c.t.Fatal(err)
	}
}

func (c *connection) line() string {
	c.t.Helper()
	line, err := c.lines.ReadString('\n')
	if err != nil {
		c.t.Fatalf("no line came: %q %v", line, err)
	}
	return strings.TrimSuffix(line, "\n")
}

func (c *connection) expect(want string) {
	c.t.Helper()
	if line := c.line(); line != want {
		c.t.Fatalf("got  %s\nwant %s", line, want)
	}
}

func (c *connection) expectClosed() {
	c.t.Helper()
	if char, err := c.lines.ReadByte(); err == nil {
		c.t.Fatalf("not closed: got %q", char)
	} else if failure, is := err.(net.Error); is && failure.Timeout() {
		c.t.Fatal("not closed")
	}
}

// watch opens the control connection.
func (s *running) watch() *connection {
	s.t.Helper()
	w := s.connect("watch\n")
	var hello struct{ Shim, Instance string }
	if err := json.Unmarshal([]byte(w.line()), &hello); err != nil || hello.Shim != version || len(hello.Instance) != 16 {
		s.t.Fatalf("%+v %v", hello, err)
	}
	return w
}

// start starts a process and waits until it has said its first line, which is returned.
func (s *running) start() (*connection, string) {
	s.t.Helper()
	c := s.connect("start\n")
	if line := c.line(); !strings.HasPrefix(line, `{"process":`) {
		s.t.Fatal(line)
	}
	return c, c.line()
}

type healthAnswer struct {
	Alive, Ready, Draining bool
	Processes              int
}

func (s *running) health() healthAnswer {
	s.t.Helper()
	c := s.connect("health\n")
	var answer healthAnswer
	if err := json.Unmarshal([]byte(c.line()), &answer); err != nil {
		s.t.Fatal(err)
	}
	c.expectClosed()
	return answer
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); {
		if time.Now().After(deadline) {
			t.Fatalf("never came true: %s", what)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// alive is false for zombies too.
func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	seen, valid := parseStat(stat)
	return valid && !seen.zombie
}

func number(t *testing.T, text string) int {
	t.Helper()
	parsed, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// shell is a server that is a shell script.
func shell(script string) []string { return []string{"/bin/sh", "-c", script} }

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
}
