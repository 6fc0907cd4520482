package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// daemon is a script that starts a daemon in a session of its own whose parents have ended, and says its pid.
func daemon(t *testing.T, how string) (script string, pid func() int) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "pid")
	script = fmt.Sprintf(`(%s setsid sh -c 'sh -c "echo \$\$ > %s.new; mv %s.new %s; exec sleep 1000" &' ) </dev/null >/dev/null 2>&1
		while [ ! -s %s ]; do sleep 0.01; done; echo ready; read line`, how, file, file, file, file)
	return script, func() int {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return number(t, string(text))
	}
}

func TestAllThatAServerStartedEndsWithIt(t *testing.T) {
	for name, how := range map[string]string{"marked": "", "hidden": "exec env -i " + "PATH=/usr/bin:/bin"} {
		t.Run(name, func(t *testing.T) {
			script, pid := daemon(t, how)
			s := serve(t, "", shell(script)...)
			w := s.watch()
			c, _ := s.start()
			orphan := pid()
			if !alive(orphan) {
				t.Fatal("the test wants a daemon")
			}
			c.CloseWrite()
			w.expect(`{"ended":1,"how":"exit code 1"}`)
			if name == "marked" && alive(orphan) {
				t.Fatal("the daemon lives when its server's end is told")
			}
			eventually(t, "the daemon is gone", func() bool { return !alive(orphan) })
		})
	}
}

func TestADaemonOfAServerThatRunsIsLeftAlone(t *testing.T) {
	script, pid := daemon(t, "")
	s := serve(t, "", shell(script)...)
	s.start()
	orphan := pid()
	other, _ := s.start() // the second one's script overwrites the file: its daemon is another
	other.Close()
	eventually(t, "the other has ended", func() bool { return s.health().Processes == 1 })
	time.Sleep(2 * lookInterval)
	if !alive(orphan) {
		t.Fatal("the daemon of a server that runs was ended")
	}
}

func TestGrandchildrenAreReapedAndNoZombieStays(t *testing.T) {
	s := serve(t, "", shell("(sleep 0.01 &) ; (sleep 1000 &) ; echo ready; read line")...)
	for range 20 {
		c, _ := s.start()
		c.Close()
	}
	eventually(t, "all have ended", func() bool { return s.health().Processes == 0 })
	eventually(t, "no child is left", func() bool { return len(childrenOf(t, s.cmd.Process.Pid)) == 0 })
}

// childrenOf lists descendants, zombies included.
func childrenOf(t *testing.T, pid int) []task {
	t.Helper()
	tasks, err := newProcReader().tasks()
	if err != nil {
		t.Fatal(err)
	}
	return descendants(tasks, pid)
}

func TestWhoIsNoDescendantIsNeverTouched(t *testing.T) {
	bystander := exec.Command("sleep", "1000")
	bystander.Env = []string{ownerVariable + "=0123456789abcdef-1"}
	if err := bystander.Start(); err != nil {
		t.Fatal(err)
	}
	defer bystander.Wait()
	defer bystander.Process.Kill()
	s := serve(t, "--tasks-per-process 1", "cat")
	c := s.connect("start\n")
	c.line()
	c.Close()
	eventually(t, "it has ended", func() bool { return s.health().Processes == 0 })
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	if err := s.waitExit(); err != nil || !alive(bystander.Process.Pid) {
		t.Fatal("the bystander was ended, or ", err)
	}
}

func TestKillingTheShimLeavesNoServer(t *testing.T) {
	s := serve(t, "", fixture("stubborn")...)
	for range 5 {
		s.start()
	}
	children := childrenOf(t, s.cmd.Process.Pid)
	if len(children) != 5 {
		t.Fatal(children)
	}
	_ = s.cmd.Process.Kill()
	for _, child := range children {
		eventually(t, "the server is gone", func() bool { return !alive(child.pid) })
	}
}

// fakeProc writes a /proc of processes, each "PID PPID SESSION [ENVIRONMENT]".
func fakeProc(t *testing.T, processes ...string) string {
	t.Helper()
	root := t.TempDir()
	for _, line := range processes {
		fields := strings.Fields(line)
		directory := filepath.Join(root, fields[0])
		if err := os.Mkdir(directory, 0o755); err != nil {
			t.Fatal(err)
		}
		stat := fmt.Sprintf("%s (a) S %s %s %s 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 %s00 0 5 0 0",
			fields[0], fields[1], fields[2], fields[2], fields[0])
		environment := strings.Join(fields[3:], "\x00")
		for name, content := range map[string]string{"stat": stat, "environ": environment} {
			if err := os.WriteFile(filepath.Join(directory, name), []byte(content), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	return root
}

func owners(t *testing.T, tree *tree, mains map[int]int) string {
	t.Helper()
	seen, err := tree.look(mains)
	if err != nil {
		t.Fatal(err)
	}
	byPid := make([]int, 100)
	for _, one := range seen.tasks {
		byPid[one.pid] = one.owner
	}
	var text []string
	for pid, owner := range byPid {
		if owner != 0 {
			text = append(text, fmt.Sprintf("%d:%d", pid, owner))
		}
	}
	if seen.torn {
		text = append(text, "torn")
	}
	return strings.Join(text, " ")
}

func TestOwnersAreFound(t *testing.T) {
	for _, test := range []struct {
		name      string
		self      int
		processes []string
		mains     map[int]int
		want      string
	}{
		{"by ancestry", 1, []string{"1 0 1", "5 1 5", "6 5 5", "7 6 7"}, map[int]int{5: 3}, "5:3 6:3 7:3"},
		{"of two servers", 1, []string{"1 0 1", "5 1 5", "6 1 6", "7 6 6", "8 5 5"}, map[int]int{5: 1, 6: 2}, "5:1 6:2 7:2 8:1"},
		{"by session", 1, []string{"1 0 1", "5 1 5", "9 1 5"}, map[int]int{5: 1}, "5:1 9:1"},
		{"by mark", 1, []string{"1 0 1", "5 1 5", "9 1 8 A=b CDK8S_MCP_PROCESS=me-1"}, map[int]int{5: 1}, "5:1 9:1"},
		{"by mark of an ended one", 1, []string{"1 0 1", "9 1 8 CDK8S_MCP_PROCESS=me-4"}, nil, "9:4"},
		{"children of an orphan", 1, []string{"1 0 1", "9 1 8 CDK8S_MCP_PROCESS=me-4", "10 9 8"}, nil, "9:4 10:4"},
		{"not by another shim's mark", 1, []string{"1 0 1", "9 1 8 CDK8S_MCP_PROCESS=you-1"}, nil, ""},
		{"not by a strange mark", 1, []string{"1 0 1", "9 1 8 CDK8S_MCP_PROCESS=me--1"}, nil, ""},
		{"not of kubectl exec", 1, []string{"1 0 1", "20 0 20", "21 20 20"}, nil, ""},
		{"not of what kubectl exec left to init", 1, []string{"1 0 1", "21 1 20 HOME=/"}, nil, ""},
		{"not outside, with a mark", 10, []string{"1 0 1", "10 1 1", "12 1 12 CDK8S_MCP_PROCESS=me-1"}, nil, ""},
		{"not yet, when the parent was not seen", 1, []string{"1 0 1", "5 1 5", "9 8 8"}, map[int]int{5: 1}, "5:1 torn"},
		{"in spite of a cycle", 1, []string{"1 0 1", "8 9 8", "9 8 8"}, nil, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			tree := newTree("me")
			tree.self, tree.proc.root = test.self, fakeProc(t, test.processes...)
			if got := owners(t, tree, test.mains); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestWhoWasSeenOnceIsRemembered(t *testing.T) {
	tree := newTree("me")
	tree.self, tree.proc.root = 1, fakeProc(t, "1 0 1", "5 1 5", "6 5 6", "7 6 7")
	owners(t, tree, map[int]int{5: 1})
	tree.proc.root = fakeProc(t, "1 0 1", "7 1 7")
	if got := owners(t, tree, nil); got != "7:1" {
		t.Errorf("got %q: its parents ended, and it is the server's still", got)
	}
	tree.proc.root = fakeProc(t, "1 0 1")
	owners(t, tree, nil)
	if len(tree.remembered) != 0 {
		t.Error("what has gone is remembered")
	}
}

func TestAnOrphanThatHidesEndsWhenAllWhoMayOwnItHave(t *testing.T) {
	tree := newTree("me")
	tree.self, tree.proc.root = 10, fakeProc(t, "1 0 1", "10 1 1", "4 10 4", "5 10 5", "12 10 11")
	for _, step := range []struct {
		mains map[int]int
		want  string
	}{
		{map[int]int{4: 1, 5: 2}, "4:1 5:2"},
		{map[int]int{5: 2}, "4:1 5:2"},
		{map[int]int{5: 3}, "4:1 5:3 12:-1"},
		{nil, "4:1 5:3 12:-1"},
	} {
		if got := owners(t, tree, step.mains); got != step.want {
			t.Errorf("with %v: got %q, want %q", step.mains, got, step.want)
		}
	}
}
