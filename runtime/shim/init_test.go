package main

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

func runAsInit(script string) *exec.Cmd { return shimCommand("init", "--", "/bin/sh", "-c", script) }

func TestInitEndsAsItsCommandDoes(t *testing.T) {
	for script, status := range map[string]int{"exit 0": 0, "exit 3": 3, "kill -TERM $$": 143, "kill -KILL $$": 137} {
		cmd := runAsInit(script)
		_ = cmd.Run()
		if got := cmd.ProcessState.ExitCode(); got != status {
			t.Errorf("%s: %d, want %d", script, got, status)
		}
	}
	for name, status := range map[string]int{"no-such-program": 127, "/no/such/program": 127, "/etc": 126} {
		cmd := shimCommand("init", "--", name)
		said, _ := cmd.CombinedOutput()
		if got := cmd.ProcessState.ExitCode(); got != status || !strings.Contains(string(said), "cannot start "+name) {
			t.Errorf("%s: %d %s", name, got, said)
		}
	}
}

func TestInitPassesInputOutputAndSignals(t *testing.T) {
	cmd := shimCommand(append([]string{"init", "--"}, fixture("signals")...)...)
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(output)
	for _, step := range []struct {
		send syscall.Signal
		says string
	}{{0, "ready"}, {syscall.SIGUSR1, "user defined signal 1"}, {syscall.SIGHUP, "hangup"}} {
		if step.send != 0 {
			_ = cmd.Process.Signal(step.send)
		}
		if !lines.Scan() || lines.Text() != step.says {
			t.Fatalf("%q, want %q", lines.Text(), step.says)
		}
	}
	_ = cmd.Process.Signal(syscall.SIGTERM)
	_ = cmd.Wait()
	if got := cmd.ProcessState.ExitCode(); got != 143 {
		t.Fatal(got)
	}
}

func TestInitReapsOrphansAndLeavesNothing(t *testing.T) {
	script, pid := daemon(t, "")
	cmd := runAsInit("for i in 1 2 3 4 5; do (sleep 0.01 &) ; done; " + script)
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	bufio.NewScanner(output).Scan()
	eventually(t, "the orphans are reaped", func() bool {
		zombies := 0
		for _, child := range childrenOf(t, cmd.Process.Pid) {
			if child.zombie {
				zombies++
			}
		}
		return zombies == 0
	})
	orphan := pid()
	if !alive(orphan) {
		t.Fatal("the test wants a daemon")
	}
	input.Close()
	_ = cmd.Wait()
	if alive(orphan) {
		t.Fatal("a daemon was left behind")
	}
}

func TestInstallReplacesAtOnce(t *testing.T) {
	target := t.TempDir() + "/shim"
	for range 2 {
		if said, err := shimCommand("install", target).CombinedOutput(); err != nil {
			t.Fatalf("%v %s", err, said)
		}
		info, err := os.Stat(target)
		if err != nil || info.Mode().Perm() != 0o555 {
			t.Fatal(info.Mode(), err)
		}
		if said, err := exec.Command(target, "as-shim", "--version").Output(); err != nil || string(said) != version+"\n" {
			t.Fatalf("%v %s", err, said)
		}
	}
	said, err := shimCommand("install", "/no/such/directory/shim").CombinedOutput()
	if err == nil || !strings.Contains(string(said), "/no/such/directory") {
		t.Fatalf("%v %s", err, said)
	}
}
