package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// statusNumber sums a field of /proc/PID/task/*/status over the threads of a process.
func statusNumber(t *testing.T, pid int, field string) int {
	t.Helper()
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	if err != nil || len(files) == 0 {
		t.Fatal("no threads: ", err)
	}
	sum := 0
	for _, file := range files {
		content, _ := os.ReadFile(file)
		for lines := bufio.NewScanner(strings.NewReader(string(content))); lines.Scan(); {
			var value int
			if n, _ := fmt.Sscanf(lines.Text(), field+": %d", &value); n == 1 {
				sum += value
			}
		}
	}
	return sum
}

func TestTrafficDoesNotWakeTheShim(t *testing.T) {
	s := serve(t, "", "cat")
	c := s.connect("start\n")
	c.line()
	pid := s.cmd.Process.Pid
	before := statusNumber(t, pid, "voluntary_ctxt_switches")
	const calls = 20000
	for range calls {
		c.write("ping\n")
		c.expect("ping")
	}
	// What is left are the checks of what processes use, a few in a tenth of a second.
	if woken := statusNumber(t, pid, "voluntary_ctxt_switches") - before; woken > calls/20 {
		t.Fatalf("%d calls woke the shim %d times", calls, woken)
	}
}

func TestManySessionsLeaveNothingBehind(t *testing.T) {
	for _, mode := range []string{"", "--pipes"} {
		s := serve(t, mode, "cat")
		w := s.watch()
		cycle := func() {
			c := s.connect("start\nx\n")
			c.line()
			c.expect("x")
			c.CloseWrite()
			c.expectClosed()
			w.line()
			c.Close()
		}
		for range 100 {
			cycle()
		}
		pid := s.cmd.Process.Pid
		resident := func() int {
			content, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
			return rssAnon(string(content))
		}
		eventually(t, "all have ended", func() bool { return s.health().Processes == 0 })
		fds, memory := descriptors(t, s), resident()
		for range 500 {
			cycle()
		}
		eventually(t, "all have ended", func() bool { return s.health().Processes == 0 })
		eventually(t, "descriptors are where they were", func() bool { return descriptors(t, s) <= fds })
		if grown := resident() - memory; grown > 1024 {
			t.Fatalf("%s: memory grew by %d KiB", mode, grown)
		}
	}
}

func rssAnon(status string) int { return int(parseStatus([]byte("\n"+status)) / 1024) }
