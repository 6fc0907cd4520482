package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestAProcessThatUsesTooMuchMemoryIsEnded(t *testing.T) {
	s := serve(t, "--memory-per-process 128Mi", fixture("eater", "4000")...)
	w := s.watch()
	modest, _ := s.start()
	c, _ := s.start()
	c.write("\n")
	line := w.line()
	if !regexp.MustCompile(`^{"ended":2,"how":"signal SIGKILL","reason":"used \d+ MiB of 128 MiB of memory"}$`).MatchString(line) {
		t.Fatal(line)
	}
	c.expectClosed()
	if s.health().Processes != 1 {
		t.Fatal("another was ended too")
	}
	modest.Close()
}

func TestMemoryIsCountedOverAllThatAServerStarted(t *testing.T) {
	eater := strings.Join(fixture("eater", "60"), " ")
	s := serve(t, "--memory-per-process 150Mi", shell(fmt.Sprintf(
		"for i in 1 2 3; do setsid %s & done </dev/null; read line", eater))...)
	w := s.watch()
	c := s.connect("start\n")
	c.line()
	if line := w.line(); !strings.Contains(line, "of 150 MiB of memory") {
		t.Fatal(line)
	}
	eventually(t, "all are gone", func() bool { return len(childrenOf(t, s.cmd.Process.Pid)) == 0 })
}

func TestAForkBombIsEnded(t *testing.T) {
	s := serve(t, "--tasks-per-process 50", shell(
		`bomb() { bomb & bomb & sleep 0.01; }; echo ready; read line; ulimit -u 2000 2>/dev/null; for i in $(seq 300); do (sleep 1000 &) ; done; bomb`)...)
	w := s.watch()
	bystander, _ := s.start()
	c, _ := s.start()
	c.write("\n")
	line := w.line()
	if !regexp.MustCompile(`^{"ended":2,"how":"signal SIGKILL","reason":"had \d+ of 50 tasks"}$`).MatchString(line) {
		t.Fatal(line)
	}
	if left := len(childrenOf(t, s.cmd.Process.Pid)); left != 1 {
		t.Fatalf("%d processes are left, want the bystander's one", left)
	}
	bystander.Close()
}

// fakeCgroup writes the files of a memory cgroup.
func fakeCgroup(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestTheContainersLimitIsFound(t *testing.T) {
	v1 := map[string]string{"memory.limit_in_bytes": "1000000\n", "memory.usage_in_bytes": "950000\n",
		"memory.stat": "inactive_file 7\ntotal_inactive_file 300000\n"}
	v2 := map[string]string{"memory.max": "2000000\n", "memory.current": "1900000\n",
		"memory.stat": "anon 5\ninactive_file 100000\nactive_file 8\n"}
	under := func(directory string, files map[string]string) map[string]string {
		moved := map[string]string{}
		for name, content := range files {
			moved[directory+name] = content
		}
		return moved
	}
	for _, test := range []struct {
		name         string
		groups       string
		files        map[string]string
		limit, usage int64
	}{
		{"v2 in a container", "0::/\n", v2, 2000000, 1799992},
		{"v2 by path", "0::/user/one\n", under("user/one/", v2), 2000000, 1799992},
		{"v2 whose path is the host's", "0::/kubepods/pod1\n", v2, 2000000, 1799992},
		{"v1 in a container", "5:cpu:/x\n4:memory:/kubepods/x\n0::/\n", under("memory/", v1), 1000000, 650000},
		{"v1 by path", "4:hugetlb,memory:/x\n", under("memory/x/", v1), 1000000, 650000},
		{"v2 without limit", "0::/\n", map[string]string{"memory.max": "max\n", "memory.current": "5\n"}, 0, 0},
		{"v1 without limit", "4:memory:/\n", map[string]string{"memory/memory.limit_in_bytes": "9223372036854771712\n"}, 0, 0},
		{"none", "", nil, 0, 0},
		{"little used: the cache does not matter", "0::/\n",
			map[string]string{"memory.max": "1000", "memory.current": "500", "memory.stat": "inactive_file 400"}, 1000, 500},
	} {
		t.Run(test.name, func(t *testing.T) {
			root := fakeCgroup(t, test.files)
			groups := filepath.Join(t.TempDir(), "cgroup")
			if err := os.WriteFile(groups, []byte(test.groups), 0o644); err != nil {
				t.Fatal(err)
			}
			found := findMemoryCgroup(groups, root)
			if (found != nil) != (test.limit > 0) || found.usage() != test.usage || (found != nil && found.limit != test.limit) {
				t.Errorf("%+v uses %d", found, found.usage())
			}
		})
	}
}

func TestTheNearerTheLimitTheSoonerTheNextCheck(t *testing.T) {
	b := bounds{container: &memoryCgroup{limit: 1000 << 20}}
	last := time.Duration(1 << 62)
	for _, usage := range []int64{0, 500 << 20, 700 << 20, 850 << 20, 899 << 20, 999 << 20} {
		next := b.nextCheck(usage)
		if next > last || next < fastestCheck || next > checkInterval {
			t.Fatalf("at %d: %v after %v", usage>>20, next, last)
		}
		// Growth of 1 GiB a second must not get from here to the limit between two checks.
		if usage+int64(next)*(1<<30)/int64(time.Second) > 1000<<20 && usage < 900<<20 {
			t.Fatalf("at %d MiB the next check in %v comes too late", usage>>20, next)
		}
		last = next
	}
	if next := (&bounds{}).nextCheck(0); next != checkInterval {
		t.Fatal("without a limit: ", next)
	}
}

func TestTheLargestIsEndedWhenTheContainerIsNearlyOut(t *testing.T) {
	s := newShim(serveOptions{command: []string{"true"}}, mustLoop(t))
	used := fakeCgroup(t, map[string]string{"current": "950", "stat": ""})
	s.bounds.container = &memoryCgroup{proc: newProcReader(), usageFile: used + "/current", statFile: used + "/stat", limit: 1000}
	for n := 1; n <= 2; n++ {
		s.processes[n] = &process{number: n}
	}
	proc := t.TempDir()
	for pid, kibibytes := range map[int]int{11: 100, 12: 700} {
		if err := os.MkdirAll(fmt.Sprintf("%s/%d", proc, pid), 0o755); err != nil {
			t.Fatal(err)
		}
		status := fmt.Sprintf("Name:\tx\nRssAnon:\t %d kB\n", kibibytes)
		if err := os.WriteFile(fmt.Sprintf("%s/%d/status", proc, pid), []byte(status), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s.tree.proc.root = proc
	seen := snapshot{tasks: []task{{pid: 11, owner: 1}, {pid: 12, owner: 2}}}
	s.endLargest(seen)
	if s.processes[1].killing || !s.processes[2].killing || s.processes[2].reason != "the container was nearly out of memory" {
		t.Fatalf("%+v %+v", s.processes[1], s.processes[2])
	}
	s.endLargest(seen)
	if s.processes[1].killing {
		t.Fatal("a second was ended before the first one's memory could come back")
	}
}

func mustLoop(t *testing.T) *loop {
	t.Helper()
	events, err := newLoop()
	if err != nil {
		t.Fatal(err)
	}
	return events
}
