package main

import (
	"bytes"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestMain lets the test binary be the shim and the servers that it starts.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "as-shim":
			os.Exit(runMain(os.Args[2:], os.Stdout, os.Stderr))
		case "as-server":
			serverFixture(os.Args[2], os.Args[3:])
			os.Exit(0)
		}
	}
	os.Exit(m.Run())
}

// serverFixture is a server that behaves as its name says.
func serverFixture(behaviour string, arguments []string) {
	switch behaviour {
	case "who": // says who it is, then echoes
		session, _, _ := syscall.RawSyscall(syscall.SYS_GETSID, 0, 0, 0)
		flags, _, _ := syscall.RawSyscall(syscall.SYS_FCNTL, 0, syscall.F_GETFL, 0)
		fmt.Printf("%d %d %t\n", os.Getpid(), session, flags&syscall.O_NONBLOCK == 0)
		echo()
	case "stubborn": // ignores the end of its input, and signals
		signal.Ignore(syscall.SIGTERM)
		fmt.Println("ready")
		time.Sleep(time.Hour)
	case "deaf": // ignores the end of its input only
		signal.Reset()
		fmt.Println("ready")
		time.Sleep(time.Hour)
	case "eater": // uses so many MiB when it is told to, at about 1 GiB/s
		size, _ := strconv.Atoi(arguments[0])
		fmt.Println("ready")
		var line [64]byte
		_, _ = os.Stdin.Read(line[:])
		var kept [][]byte
		for range size {
			kept = append(kept, bytes.Repeat([]byte{1}, 1<<20))
			time.Sleep(500 * time.Microsecond)
		}
		fmt.Println("eaten", len(kept))
		time.Sleep(time.Hour)
	case "signals": // says which signals came
		received := make(chan os.Signal, 8)
		signal.Notify(received, syscall.SIGUSR1, syscall.SIGHUP)
		fmt.Println("ready")
		for one := range received {
			fmt.Println(one)
		}
	default:
		panic(behaviour + strings.Join(arguments, " "))
	}
}

func echo() {
	buffer := make([]byte, 64*1024)
	for {
		n, err := syscall.Read(0, buffer)
		if err != nil || n <= 0 {
			return
		}
		_, _ = syscall.Write(1, buffer[:n])
	}
}

func TestWrongUsageSaysWhatToDo(t *testing.T) {
	directory := t.TempDir()
	file := directory + "/file"
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ arguments, says string }{
		{"", "a command is missing"},
		{"sevre", `unknown command "sevre"`},
		{"serve", "--socket is missing"},
		{"serve --socket /tmp/x", "the server's command is missing"},
		{"serve --socket /no/such/x -- cat", "there is no directory /no/such"},
		{"serve --socket " + file + " -- cat", "is there and is no socket"},
		{"serve --socket " + directory + "/" + strings.Repeat("x", 120) + " -- cat", "too long"},
		{"serve --nope -- cat", "-nope"},
		{"serve --max-processes 0 --socket x -- cat", "a whole number from 1"},
		{"serve --tasks-per-process x --socket x -- cat", "a whole number from 1"},
		{"serve --memory-per-process 12Xi --socket x -- cat", "as in 96Mi"},
		{"serve --memory-per-process 99999999999Gi --socket x -- cat", "as in 96Mi"},
		{"serve --grace-seconds -1 --socket x -- cat", "a number of seconds"},
		{"serve --grace-seconds NaN --socket x -- cat", "a number of seconds"},
		{"serve --allow-uid root --socket x -- cat", "the number of a user"},
		{"probe --socket x", "alive or ready"},
		{"probe --socket x sleepy", "alive or ready"},
		{"probe ready", "--socket is missing"},
		{"wait-drained", "--socket is missing"},
		{"wait-drained --socket x --timeout-seconds 0", "more than 0"},
		{"init", "the command is missing"},
		{"install", "the one path"},
		{"install " + directory, "is a directory"},
	} {
		var stdout, stderr bytes.Buffer
		status := runMain(strings.Fields(test.arguments), &stdout, &stderr)
		said := stderr.String()
		if status != 2 || !strings.Contains(said, test.says) || strings.Count(said, "\n") != 1 || stdout.Len() > 0 {
			t.Errorf("%q: status %d, said %q, want 2 and %q in one line", test.arguments, status, said, test.says)
		}
	}
}

func TestEachCommandHasHelp(t *testing.T) {
	for _, known := range commands() {
		var stdout, stderr bytes.Buffer
		if status := runMain([]string{known.name, "--help"}, &stdout, &stderr); status != 0 || stderr.Len() > 0 ||
			!strings.HasPrefix(stdout.String(), "Usage: cdk8s-mcp-shim "+known.name) {
			t.Errorf("%s --help: %d %q %q", known.name, status, stdout.String(), stderr.String())
		}
	}
	var stdout, stderr bytes.Buffer
	if status := runMain([]string{"--help"}, &stdout, &stderr); status != 0 || !strings.Contains(stdout.String(), "wait-drained") {
		t.Errorf("--help: %d %q", status, stdout.String())
	}
	stdout.Reset()
	if status := runMain([]string{"--version"}, &stdout, &stderr); status != 0 || stdout.String() != version+"\n" {
		t.Errorf("--version: %d %q", status, stdout.String())
	}
}

func TestOptionsAreRead(t *testing.T) {
	options, err := parseServe(strings.Fields("--socket s --allow-uid 7 --allow-uid 8 --max-processes 3 " +
		"--memory-per-process 96Mi --tasks-per-process 9 --grace-seconds 0.5 --drain-seconds 60 --pipes -- cmd --flag"))
	if err != nil {
		t.Fatal(err)
	}
	if !options.allowed[7] || !options.allowed[8] || len(options.allowed) != 2 || options.maxProcesses != 3 ||
		options.memoryPerProcess != 96<<20 || options.tasksPerProcess != 9 || options.grace != 500*time.Millisecond ||
		options.drain != time.Minute || !options.pipes || strings.Join(options.command, " ") != "cmd --flag" {
		t.Errorf("%+v", options)
	}
	options, err = parseServe(strings.Fields("--socket s -- cmd"))
	if err != nil || !options.allowed[uint32(os.Geteuid())] || len(options.allowed) != 1 {
		t.Errorf("without --allow-uid the own uid is allowed: %+v %v", options.allowed, err)
	}
}
