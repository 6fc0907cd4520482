package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"unicode/utf8"
)

func FuzzNamesOfProcessesDoNotMisleadTheParser(f *testing.F) {
	for _, name := range []string{"sh", "a b", "a) S 1 2 3 (", "((", "))", "\n", "x) Z 1 1 1\n", ""} {
		f.Add(name, 12, 34, 56)
	}
	f.Fuzz(func(t *testing.T, name string, pid, parent, session int) {
		stat := fmt.Sprintf("%d (%s) Z %d 1 %d 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 9 0 77 1000 10 18446744073709551615 0\n",
			pid, name, parent, session)
		want := task{pid: pid, parent: parent, session: session, threads: 9, zombie: true, start: 77, resident: 10 * pageSize}
		if got, ok := parseStat([]byte(stat)); !ok || got != want {
			t.Errorf("%q: %+v %t", stat, got, ok)
		}
	})
}

func FuzzStatMayBeAnything(f *testing.F) {
	for _, stat := range []string{"", "1", "1 (", "1 )(", "1 (a)", "(a) S 1", "1 (a) S 1 1 1", "1 (a) " + strings.Repeat("x ", 40)} {
		f.Add([]byte(stat))
	}
	f.Fuzz(func(t *testing.T, stat []byte) {
		parseStat(stat)
		if parseStatus(stat) != 0 && !bytes.Contains(stat, []byte("Rss")) {
			t.Error("memory out of nothing")
		}
		parseEnvironment(stat, ownerVariable)
	})
}

func TestTheKernelsOwnStatIsUnderstood(t *testing.T) {
	tasks, err := newProcReader().tasks()
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range tasks {
		if one.pid == os.Getpid() {
			if one.parent != os.Getppid() || one.threads < 2 || one.zombie || one.resident < 1<<20 || one.start == 0 {
				t.Errorf("%+v", one)
			}
			return
		}
	}
	t.Error("this process is not among them")
}

func TestMemoryIsAnonymousAndShared(t *testing.T) {
	status := "Name:\tx\nVmRSS:\t  999 kB\nRssAnon:\t     100 kB\nRssFile:\t     800 kB\nRssShmem:\t      20 kB\n"
	if got := parseStatus([]byte(status)); got != 120*1024 {
		t.Error(got)
	}
	if got := newProcReader().privateMemory(os.Getpid()); got < 1<<20 {
		t.Error(got)
	}
	if got := newProcReader().privateMemory(1 << 30); got != 0 {
		t.Error(got)
	}
}

func TestAVariableIsFoundByItsWholeName(t *testing.T) {
	environment := []byte("A=b\x00XNAME=no\x00NAME=yes=1\x00NAME=later\x00")
	if value, found := parseEnvironment(environment, "NAME"); !found || value != "yes=1" {
		t.Error(value, found)
	}
	if _, found := parseEnvironment(environment, "AME"); found {
		t.Error("found what is not there")
	}
}

func TestAFileLargerThanTheBufferIsReadWhole(t *testing.T) {
	path := t.TempDir() + "/large"
	content := bytes.Repeat([]byte("0123456789"), 5000)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, ok := newProcReader().read(path); !ok || !bytes.Equal(got, content) {
		t.Error(len(got), ok)
	}
	if got, ok := newProcReader().read(path + ".missing"); ok || len(got) != 0 {
		t.Error(len(got), ok)
	}
}

// The line is taken byte by byte, so however it comes in pieces, what follows it stays in the socket.
func FuzzTheFirstLineEndsAtItsLineFeed(f *testing.F) {
	for _, sent := range []string{"start\n", "start\nmore", "\n", "", strings.Repeat("x", 31) + "\n", strings.Repeat("x", 32) + "\n"} {
		f.Add([]byte(sent), uint8(3))
	}
	f.Fuzz(func(t *testing.T, sent []byte, piece uint8) {
		if len(sent) > 4096 {
			t.Skip()
		}
		ends, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer syscall.Close(ends[1])
		var line firstLine
		state := lineIncomplete
		unsent := sent
		for state == lineIncomplete && len(unsent) > 0 {
			size := min(len(unsent), 1+int(piece))
			_, _ = syscall.Write(ends[0], unsent[:size])
			unsent = unsent[size:]
			state = line.receive(ends[1])
		}
		_, _ = syscall.Write(ends[0], unsent)
		syscall.Close(ends[0])
		rest := make([]byte, len(sent)+1)
		n, _, _ := syscall.Recvfrom(ends[1], rest, syscall.MSG_DONTWAIT)
		want, after, found := bytes.Cut(sent, []byte("\n"))
		switch {
		case found && len(want) < firstLineLimit:
			if state != lineComplete || line.text() != string(want) || !bytes.Equal(rest[:max(n, 0)], after) {
				t.Errorf("%q: %v %q, then %q", sent, state, line.text(), rest[:max(n, 0)])
			}
		case len(sent) >= firstLineLimit:
			if state != lineTooLong {
				t.Errorf("%q: %v", sent, state)
			}
		default:
			if state != lineIncomplete || line.receive(ends[1]) != lineClosed {
				t.Errorf("%q: %v", sent, state)
			}
		}
	})
}

func FuzzWhatIsSaidIsJSON(f *testing.F) {
	for _, text := range []string{"", "plain", "\"\\\n\t\x00\x7f", "ü€😀", "\xff\xfe", "\u2028"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		line := object(nil).text("text", text).number("n", -5).flag("yes", true).line()
		var got struct {
			Text string
			N    int
			Yes  bool
		}
		if err := json.Unmarshal(line, &got); err != nil || got.N != -5 || !got.Yes || bytes.Count(line, []byte("\n")) != 1 {
			t.Fatalf("%q: %v", line, err)
		}
		if utf8.ValidString(text) && got.Text != text {
			t.Errorf("%q became %q", text, got.Text)
		}
	})
}

func TestCommandsAreFoundAsExecvpDoes(t *testing.T) {
	first, second := t.TempDir(), t.TempDir()
	t.Setenv("PATH", "/no/such:"+first+":"+second)
	for path, mode := range map[string]os.FileMode{first + "/tool": 0o644, second + "/tool": 0o755, first + "/only": 0o644} {
		if err := os.WriteFile(path, nil, mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(first+"/folder", 0o755); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"tool": second + "/tool", "./tool": "./tool", "only": "permission denied", "none": "no such file or directory",
		"folder": "no such file or directory", "": "no such file or directory",
	} {
		got, err := findCommand(name)
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q: %s, want %s", name, got, want)
		}
	}
	os.Unsetenv("PATH")
	if got, err := findCommand("sh"); err != nil || !strings.HasSuffix(got, "/sh") {
		t.Error(got, err)
	}
}
