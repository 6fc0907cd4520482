package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

func TestOtherFirstLinesAreRefused(t *testing.T) {
	s := serve(t, "", "cat")
	for first, why := range map[string]string{
		"hello\n":                      "the first line must be start, watch, health or drain",
		"\n":                           "the first line must be start, watch, health or drain",
		"start\r\n":                    "the first line must be start, watch, health or drain",
		strings.Repeat("x", 40):        "the first line is longer than 32 bytes",
		strings.Repeat("x", 31) + "\n": "the first line must be",
	} {
		c := s.connect(first)
		if line := c.line(); !strings.HasPrefix(line, `{"refused":"`+why) {
			t.Errorf("%q: %s", first, line)
		}
		c.expectClosed()
	}
}

func TestAFirstLineMayComeInPieces(t *testing.T) {
	s := serve(t, "", "cat")
	c := s.connect("st")
	eventually(t, "the shim goes on", func() bool { return s.health().Alive })
	c.write("art\nab")
	c.expect(`{"process":1}`)
	c.write("c\n")
	c.expect("abc")
}

func TestPeersThatSayNothingAreDismissedAndBlockNobody(t *testing.T) {
	s := serve(t, "", "cat")
	begun := time.Now()
	var silent []*connection
	for range 3 * pendingLimit {
		silent = append(silent, s.connect(""))
	}
	if !s.health().Alive || time.Since(begun) > firstLineTimeout/2 {
		t.Fatal("silent peers keep others waiting")
	}
	silent[0].expect(`{"refused":"too many connections have not said what they are for"}`)
	silent[len(silent)-1].expect(`{"refused":"no first line came within 5 s"}`)
	if took := time.Since(begun); took < firstLineTimeout {
		t.Fatal(took)
	}
}

func TestAPeerThatLeavesBeforeItsFirstLineIsForgotten(t *testing.T) {
	s := serve(t, "", "cat")
	before := descriptors(t, s)
	for range 50 {
		s.connect("sta").Close()
	}
	eventually(t, "no descriptor is left", func() bool { return descriptors(t, s) <= before })
}

func descriptors(t *testing.T, s *running) int {
	t.Helper()
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", s.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

const nobody = 65534

func asNobody(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
}

func TestOnlyAllowedUsersMayStart(t *testing.T) {
	needRoot(t)
	binary := sharedBinary(t)
	// The shim is nobody's, and allows uid 4242 only. This test is root.
	s := serveAs(t, func(cmd *exec.Cmd) {
		cmd.Path = binary
		asNobody(cmd)
	}, "--allow-uid 4242 --allow-uid 0", "cat")
	s.connect("start\n").expect(`{"process":1}`)

	stranger := serveAs(t, func(cmd *exec.Cmd) {
		cmd.Path = binary
		asNobody(cmd)
		cmd.SysProcAttr.Credential.Uid = nobody
	}, "--allow-uid 4242 --allow-uid 0", "cat")
	as := func(uid uint32, arguments ...string) string {
		probe := exec.Command(binary, append([]string{"as-shim"}, arguments...)...)
		probe.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: nobody}}
		said, _ := probe.CombinedOutput()
		return strings.TrimSpace(string(said))
	}
	// The shim's own user may ask how it is; somebody else may not.
	if said := as(nobody, "probe", "--socket", stranger.socket, "alive"); said != "alive" {
		t.Error(said)
	}
	if said := as(77, "wait-drained", "--socket", stranger.socket); !strings.Contains(said, "uid 77 is not allowed here") {
		t.Error(said)
	}
	if said := as(4242, "probe", "--socket", stranger.socket, "alive"); said != "alive" {
		t.Error(said)
	}
	if !strings.Contains(stranger.logs.String(), "refused a peer with uid 77") {
		t.Error(stranger.logs)
	}
}

func TestTheShimsOwnUserMayNotStartUnlessAllowed(t *testing.T) {
	s := serve(t, fmt.Sprintf("--allow-uid %d", os.Geteuid()+1), "cat")
	if !s.health().Alive {
		t.Fatal("health is for the own user too")
	}
	for _, first := range []string{"start\n", "watch\n"} {
		if line := s.connect(first).line(); !strings.Contains(line, "may only ask for health and drain") {
			t.Fatal(line)
		}
	}
}

// sharedBinary is the test binary at a place that every user may read.
func sharedBinary(t *testing.T) string {
	t.Helper()
	directory, err := os.MkdirTemp("", "shim-binary")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(directory) })
	if err := os.Chmod(directory, 0o755); err != nil {
		t.Fatal(err)
	}
	path := directory + "/shim"
	if err := install(os.Args[0], path); err != nil {
		t.Fatal(err)
	}
	return path
}

// limit changes a resource limit of a process that runs.
func limit(t *testing.T, pid, resource int, value uint64) {
	t.Helper()
	var before syscall.Rlimit
	if _, _, errno := syscall.RawSyscall6(syscall.SYS_PRLIMIT64, uintptr(pid), uintptr(resource),
		0, uintptr(unsafe.Pointer(&before)), 0, 0); errno != 0 {
		t.Fatal(errno)
	}
	wanted := syscall.Rlimit{Cur: min(value, before.Max), Max: before.Max}
	if _, _, errno := syscall.RawSyscall6(syscall.SYS_PRLIMIT64, uintptr(pid), uintptr(resource),
		uintptr(unsafe.Pointer(&wanted)), 0, 0, 0); errno != 0 {
		t.Fatal(errno)
	}
}

func TestAShimWithoutDescriptorsRefusesAndRecovers(t *testing.T) {
	s := serve(t, "", "cat")
	limit(t, s.cmd.Process.Pid, syscall.RLIMIT_NOFILE, uint64(descriptors(t, s)+4))
	var open []*connection
	refused := false
	for range 20 {
		raw, err := net.Dial("unix", s.socket)
		if err != nil {
			t.Fatal(err)
		}
		c := &connection{raw.(*net.UnixConn), t, nil}
		defer c.Close()
		_ = c.SetDeadline(time.Now().Add(patience / 50)) // silent as the others are: it is told, or held
		answer := make([]byte, 200)
		n, _ := c.Read(answer)
		if refused = strings.Contains(string(answer[:n]), "no file descriptor left"); refused {
			break
		}
		open = append(open, c)
	}
	if !refused {
		t.Fatal("nobody was told")
	}
	for _, c := range open {
		c.Close()
	}
	eventually(t, "there are descriptors again", func() bool {
		answer, err := ask(s.socket, "health", time.Second)
		return err == nil && strings.Contains(string(answer), `"processes":0`)
	})
	c := s.connect("start\n")
	if line := c.line(); !strings.HasPrefix(line, `{"process":`) {
		t.Fatal(line)
	}
}

func TestAShimThatCannotForkSaysSoAndRecovers(t *testing.T) {
	needRoot(t)
	binary := sharedBinary(t)
	// A user of its own, since the limit counts all of a user's threads. Enough for the shim's, and for a few servers.
	uid, threads := uint32(100000+os.Getpid()), uint64(20)
	const rlimitNproc = 6
	var before syscall.Rlimit
	if err := syscall.Getrlimit(rlimitNproc, &before); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(rlimitNproc, &syscall.Rlimit{Cur: threads, Max: before.Max}); err != nil {
		t.Fatal(err)
	}
	s := serveAs(t, func(cmd *exec.Cmd) {
		cmd.Path = binary
		asNobody(cmd)
		cmd.SysProcAttr.Credential.Uid = uid
	}, "--allow-uid 0", "cat")
	if err := syscall.Setrlimit(rlimitNproc, &before); err != nil {
		t.Fatal(err)
	}
	w := s.watch()
	var running []*connection
	for number, failures := 1, 0; failures < 50; number++ {
		c := s.connect("start\n")
		c.expect(fmt.Sprintf(`{"process":%d}`, number))
		if s.health().Processes > len(running) {
			running = append(running, c)
			continue
		}
		w.expect(fmt.Sprintf(`{"ended":%d,"how":"cannot be started: fork: resource temporarily unavailable"}`, number))
		c.expectClosed()
		failures++
	}
	if len(running) == 0 {
		t.Fatal("the test wants some that start")
	}
	for _, c := range running {
		c.Close()
		w.line()
	}
	c := s.connect("start\nhello\n")
	c.line()
	c.expect("hello")
}
