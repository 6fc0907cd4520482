package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestAProcessHasTheConnectionAsItsInputAndOutput(t *testing.T) {
	for _, mode := range []string{"", "--pipes"} {
		s := serve(t, mode, "cat")
		// What stands behind the first line belongs to the server.
		c := s.connect("start\nhello\n")
		c.expect(`{"process":1}`)
		c.expect("hello")
		large := strings.Repeat("x", 1<<20)
		go c.Write([]byte(large))
		got := make([]byte, len(large))
		if _, err := io.ReadFull(c.lines, got); err != nil || string(got) != large {
			t.Fatalf("a large message did not come back whole: %v", err)
		}
		if err := c.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		c.expectClosed()
	}
}

func TestEachStartIsAProcessAndSessionOfItsOwnOnABlockingSocket(t *testing.T) {
	s := serve(t, "", fixture("who")...)
	pids := map[int]bool{}
	for i := 1; i <= 3; i++ {
		c := s.connect("start\n")
		c.expect(fmt.Sprintf(`{"process":%d}`, i))
		var pid, session int
		var blocking bool
		if _, err := fmt.Sscan(c.line(), &pid, &session, &blocking); err != nil || pid != session || !blocking {
			t.Fatalf("pid %d, session %d, blocking %t, %v", pid, session, blocking, err)
		}
		pids[pid] = true
	}
	if len(pids) != 3 || s.health().Processes != 3 {
		t.Fatalf("%v", pids)
	}
}

func TestTheEndIsToldBeforeTheConnectionCloses(t *testing.T) {
	for script, how := range map[string]string{
		"read line; exit 7":           `"exit code 7"`,
		"read line; exit 0":           `"exit code 0"`,
		"read line; kill -KILL $$":    `"signal SIGKILL"`,
		"read line; kill -SEGV $$":    `"signal SIGSEGV"`,
		"read line; exec </dev/null;": `"exit code 0"`,
	} {
		for _, mode := range []string{"", "--pipes"} {
			s := serve(t, mode, shell(script)...)
			w := s.watch()
			c := s.connect("start\n")
			c.expect(`{"process":1}`)
			c.write("\n")
			c.expectClosed()
			w.expect(`{"ended":1,"how":` + how + `}`)
		}
	}
}

func TestOutputThatIsUnderWayArrivesAfterTheEnd(t *testing.T) {
	for _, mode := range []string{"", "--pipes"} {
		s := serve(t, mode, shell("head -c 150000 /dev/zero | tr '\\0' x")...)
		c := s.connect("start\n")
		c.expect(`{"process":1}`)
		if rest, err := io.ReadAll(c.lines); err != nil || len(rest) != 150000 {
			t.Fatalf("%s: %d bytes came, %v", mode, len(rest), err)
		}
	}
}

func TestAStartThatFailsIsTold(t *testing.T) {
	for _, mode := range []string{"", "--pipes"} {
		for command, why := range map[string]string{
			"/no/such/program": "no such file or directory", "no-such-program": "no such file or directory", "/etc": "permission denied",
		} {
			s := serve(t, mode, command)
			w := s.watch()
			c := s.connect("start\n")
			c.expect(`{"process":1}`)
			w.expect(`{"ended":1,"how":"cannot be started: exec: ` + why + `"}`)
			c.expectClosed()
			if s.health().Processes != 0 {
				t.Fatal("a process that did not start is counted")
			}
		}
	}
}

func TestNoMoreProcessesThanAllowed(t *testing.T) {
	s := serve(t, "--max-processes 2", "cat")
	first := s.connect("start\n")
	first.expect(`{"process":1}`)
	s.connect("start\n").expect(`{"process":2}`)
	refused := s.connect("start\n")
	refused.expect(`{"refused":"all 2 processes are in use"}`)
	refused.expectClosed()
	first.Close()
	eventually(t, "one has ended", func() bool { return s.health().Processes == 1 })
	s.connect("start\n").expect(`{"process":3}`)
}

func TestAServerThatIgnoresTheEndOfItsInputIsEndedInOrder(t *testing.T) {
	for behaviour, end := range map[string]string{
		"deaf":     `{"ended":1,"how":"signal SIGTERM"}`,
		"stubborn": `{"ended":1,"how":"signal SIGKILL","reason":"did not end within 0.4 s of the end of its input"}`,
	} {
		s := serve(t, "--grace-seconds 0.2", fixture(behaviour)...)
		w := s.watch()
		c, _ := s.start()
		begun := time.Now()
		c.CloseWrite()
		w.expect(end)
		if time.Since(begun) < 200*time.Millisecond {
			t.Fatal("there was no grace")
		}
	}
}

func TestTheControlConnectionDecidesReadiness(t *testing.T) {
	s := serve(t, "", "cat")
	if s.health().Ready {
		t.Fatal("ready without a watcher")
	}
	w := s.watch()
	w.write("ready\n")
	eventually(t, "ready", func() bool { return s.health().Ready })
	w.write("not-")
	w.write("ready\n")
	eventually(t, "not ready", func() bool { return !s.health().Ready })
	w.write("ready\n")
	eventually(t, "ready again", func() bool { return s.health().Ready })
	newer := s.watch()
	w.expectClosed()
	if s.health().Ready {
		t.Fatal("a new watcher has said nothing yet")
	}
	newer.write("nonsense\n")
	newer.expectClosed()
}

func TestAWatcherThatDoesNotReadIsClosedAndOthersGoOn(t *testing.T) {
	s := serve(t, "", "/no/such/program")
	deaf := s.watch()
	eventually(t, "the watcher is closed", func() bool {
		for range 100 {
			c := s.connect("start\n")
			c.line()
			c.Close()
		}
		return strings.Contains(s.logs.String(), "does not read")
	})
	_, _ = io.Copy(io.Discard, deaf)
	w := s.watch()
	c := s.connect("start\n")
	c.line()
	if line := w.line(); !strings.Contains(line, "cannot be started") {
		t.Fatal(line)
	}
}

func TestSignalsAreForwardedToTheServers(t *testing.T) {
	s := serve(t, "", fixture("signals")...)
	first, _ := s.start()
	second, _ := s.start()
	_ = s.cmd.Process.Signal(syscall.SIGUSR1)
	first.expect("user defined signal 1")
	second.expect("user defined signal 1")
	_ = s.cmd.Process.Signal(syscall.SIGHUP)
	first.expect("hangup")
}

func TestTheLogNeverHoldsTheServersArgumentsOrEnvironment(t *testing.T) {
	t.Setenv("API_KEY", "secret-in-environment")
	s := serve(t, "", "cat", "--", "secret-in-arguments")
	w := s.watch()
	s.connect("start\n").line()
	w.line()
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	w.write("drained\n")
	if err := s.waitExit(); err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(s.logs.String(), "\n") {
		if strings.HasPrefix(line, "{") && strings.Contains(line, "secret") {
			t.Fatal(line)
		}
	}
}

func TestAStalledReaderOfStderrDoesNotStallTheShim(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	defer writer.Close()
	_ = writer.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
	_, _ = writer.Write(make([]byte, 1<<20)) // until it is full
	s := serveAs(t, func(cmd *exec.Cmd) { cmd.Stderr = writer }, "", "cat")
	for range 300 {
		c := s.connect("start\n")
		c.line()
		c.CloseWrite()
		c.expectClosed()
	}
	if got := s.health().Processes; got != 0 {
		t.Fatal(got)
	}
}

func TestTheSocketIsForOwnerAndGroupAndTakesTheStaleOnesPlace(t *testing.T) {
	s := serve(t, "", "cat")
	info, err := os.Stat(s.socket)
	if err != nil || info.Mode().Perm() != 0o660 {
		t.Fatal(info.Mode(), err)
	}
	second := exec.Command(os.Args[0], "as-shim", "serve", "--socket", s.socket, "--", "cat")
	if said, err := second.CombinedOutput(); err == nil || !strings.Contains(string(said), "another shim serves") {
		t.Fatalf("a second shim took the socket: %s", said)
	}
	_ = s.cmd.Process.Kill()
	_ = s.waitExit()
	if _, err := os.Stat(s.socket); err != nil {
		t.Fatal("the test wants a stale socket: ", err)
	}
	third := exec.Command(os.Args[0], "as-shim", "serve", "--socket", s.socket, "--", "cat")
	if err := third.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the third serves", func() bool { _, err := ask(s.socket, "health", time.Second); return err == nil })
	_ = third.Process.Signal(syscall.SIGTERM)
	if err := third.Wait(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(s.socket); err == nil {
		t.Fatal("the socket is left behind")
	}
}
