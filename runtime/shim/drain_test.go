package main

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

const drainedAnswer = `{"drained":true}`

func TestDrainingLastsUntilTheProxySaysSo(t *testing.T) {
	s := serve(t, "", "cat")
	w := s.watch()
	waiter := s.connect("drain\n")
	w.expect(`{"draining":true}`)
	again := s.connect("drain\n") // changes nothing
	if !s.health().Draining {
		t.Fatal("health does not tell")
	}
	// The proxy may still start what it has promised.
	c := s.connect("start\n")
	c.expect(`{"process":1}`)
	w.write("drained\n")
	waiter.expect(drainedAnswer)
	waiter.expectClosed()
	again.expect(drainedAnswer)
	s.connect("drain\n").expect(drainedAnswer)
	s.connect("start\n").expect(`{"refused":"the shim has drained"}`)
}

func TestAWatcherThatComesWhileDrainingIsTold(t *testing.T) {
	s := serve(t, "", "cat")
	c := s.connect("start\n")
	c.line()
	waiter := s.connect("drain\n")
	w := s.watch()
	w.expect(`{"draining":true}`)
	// Without a watcher, no process left means drained.
	w.Close()
	c.Close()
	waiter.expect(drainedAnswer)
}

func TestDrainingWithNobodyAndNothingIsOverAtOnce(t *testing.T) {
	s := serve(t, "", "cat")
	s.connect("drain\n").expect(drainedAnswer)
}

func TestDrainingEndsAtItsDeadline(t *testing.T) {
	s := serve(t, "--drain-seconds 0.3", "cat")
	s.watch()
	begun := time.Now()
	s.connect("drain\n").expect(drainedAnswer)
	if took := time.Since(begun); took < 300*time.Millisecond || took > patience/2 {
		t.Fatal(took)
	}
}

func TestAWaiterThatLeavesIsForgotten(t *testing.T) {
	s := serve(t, "", "cat")
	w := s.watch()
	s.connect("drain\n").Close()
	w.expect(`{"draining":true}`)
	waiter := s.connect("drain\n")
	w.write("drained\n")
	waiter.expect(drainedAnswer)
}

func TestSIGTERMDrainsThenEndsWhatIsLeftInOrder(t *testing.T) {
	s := serve(t, "--grace-seconds 0.2", fixture("stubborn")...)
	w := s.watch()
	c, _ := s.start()
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	w.expect(`{"draining":true}`)
	_ = s.cmd.Process.Signal(syscall.SIGTERM) // changes nothing
	if s.health().Processes != 1 {
		t.Fatal("ended before the proxy was done")
	}
	w.write("drained\n")
	w.expect(`{"ended":1,"how":"signal SIGKILL","reason":"did not end within 0.4 s of the end of its input"}`)
	c.expectClosed()
	if err := s.waitExit(); err != nil {
		t.Fatal(err)
	}
}

func TestSIGTERMWhileASessionEndsWithItsInput(t *testing.T) {
	s := serve(t, "", "cat")
	w := s.watch()
	c := s.connect("start\n")
	c.line()
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	w.expect(`{"draining":true}`)
	w.write("drained\n")
	w.expect(`{"ended":1,"how":"exit code 0","reason":"the shim is ending"}`)
	if err := s.waitExit(); err != nil {
		t.Fatal(err)
	}
}

func TestSIGTERMAfterDrainEndsAtOnce(t *testing.T) {
	s := serve(t, "", "cat")
	s.connect("drain\n").expect(drainedAnswer)
	if s.health().Processes != 0 {
		t.Fatal("drain alone does not end the shim")
	}
	begun := time.Now()
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	if err := s.waitExit(); err != nil || time.Since(begun) > time.Second {
		t.Fatal(err, time.Since(begun))
	}
}

func shimCommand(arguments ...string) *exec.Cmd {
	return exec.Command(os.Args[0], append([]string{"as-shim"}, arguments...)...)
}

// startWaiting asks by wait-drained, and returns when the watcher has been told.
func (s *running) startWaiting(w *connection) *exec.Cmd {
	waiting := shimCommand("wait-drained", "--socket", s.socket)
	if err := waiting.Start(); err != nil {
		s.t.Fatal(err)
	}
	w.expect(`{"draining":true}`)
	return waiting
}

func TestWaitDrainedWaits(t *testing.T) {
	s := serve(t, "", "cat")
	w := s.watch()
	waiting := s.startWaiting(w)
	said, err := shimCommand("wait-drained", "--socket", s.socket, "--timeout-seconds", "0.1").CombinedOutput()
	if err == nil || !strings.Contains(string(said), "no answer within 0.1 s") {
		t.Fatalf("%v %s", err, said)
	}
	w.write("drained\n")
	if err := waiting.Wait(); err != nil {
		t.Fatal(err)
	}
	_ = s.cmd.Process.Kill()
	_ = s.waitExit()
	for _, gone := range []string{s.socket, s.socket + ".never"} {
		if said, err := shimCommand("wait-drained", "--socket", gone).CombinedOutput(); err != nil {
			t.Fatalf("the shim is gone, so all is drained: %v %s", err, said)
		}
	}
}

func TestWaitDrainedEndsWhenTheShimDies(t *testing.T) {
	s := serve(t, "", "cat")
	w := s.watch()
	waiting := s.startWaiting(w)
	_ = s.cmd.Process.Kill()
	if err := waiting.Wait(); err != nil {
		t.Fatal(err)
	}
}

func TestProbesSayWhy(t *testing.T) {
	s := serve(t, "", "cat")
	probe := func(what, says string, succeeds bool) {
		t.Helper()
		said, err := shimCommand("probe", "--socket", s.socket, what).CombinedOutput()
		if (err == nil) != succeeds || !strings.Contains(string(said), says) || strings.Count(string(said), "\n") != 1 {
			t.Fatalf("%s: %v %q", what, err, said)
		}
	}
	probe("alive", "alive", true)
	probe("ready", "not ready: the server has not answered the proxy", false)
	w := s.watch()
	w.write("ready\n")
	eventually(t, "ready", func() bool { return s.health().Ready })
	probe("ready", "ready", true)
	_ = s.cmd.Process.Signal(syscall.SIGSTOP)
	probe("alive", "not alive: no answer within 2 s", false)
	_ = s.cmd.Process.Signal(syscall.SIGCONT)
	_ = s.cmd.Process.Kill()
	_ = s.waitExit()
	probe("alive", "not alive: cannot connect", false)
}
