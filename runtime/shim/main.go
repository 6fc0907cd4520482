// Command cdk8s-mcp-shim is the small static program in the pods of stdio servers. It starts one process of the
// server for each connection to its Unix socket, with that connection as the process's stdin and stdout, and
// answers for everything those processes start. README.md has the protocol and the limits.
package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
)

// version is set by the linker.
var version = "0.0.0"

// command is one of the program's commands.
type command struct {
	name    string
	summary string
	run     func(arguments []string) error
}

func commands() []command {
	return []command{
		{"serve", "start a process of the server for each connection to a socket", runServe},
		{"wait-drained", "begin draining and wait for its end (preStop)", runWaitDrained},
		{"probe", "ask a running shim whether it is alive or ready (exec probe)", runProbe},
		{"init", "run one command as a container's init: forward signals, reap, clean up", runInit},
		{"install", "copy this program to a path (init container)", runInstall},
	}
}

func init() {
	// The event loop stays on the main thread. It is the thread that forks, and the kernel kills the processes
	// that it forked when it ends (PDEATHSIG follows the thread, not the process).
	runtime.LockOSThread()
	// One loop and hardly any garbage: more processors and a larger heap would only cost memory and threads.
	runtime.GOMAXPROCS(1)
	debug.SetGCPercent(20)
}

func main() {
	os.Exit(runMain(os.Args[1:], os.Stdout, os.Stderr))
}

// runMain runs the command that the arguments name and returns the program's exit status.
func runMain(arguments []string, stdout, stderr io.Writer) int {
	if len(arguments) == 0 {
		fmt.Fprintln(stderr, "cdk8s-mcp-shim: a command is missing: see cdk8s-mcp-shim --help")
		return 2
	}
	switch arguments[0] {
	case "--help", "-h", "help":
		printHelp(stdout)
		return 0
	case "--version":
		fmt.Fprintln(stdout, version)
		return 0
	}
	for _, known := range commands() {
		if known.name == arguments[0] {
			return exitStatus(known.name, known.run(arguments[1:]), stdout, stderr)
		}
	}
	fmt.Fprintf(stderr, "cdk8s-mcp-shim: unknown command %q: see cdk8s-mcp-shim --help\n", arguments[0])
	return 2
}

func printHelp(to io.Writer) {
	fmt.Fprintln(to, "Usage: cdk8s-mcp-shim COMMAND [OPTIONS]\n\nCommands (each has --help):")
	for _, known := range commands() {
		fmt.Fprintf(to, "  %-13s %s\n", known.name, known.summary)
	}
	fmt.Fprintln(to, "\n  --version     print the version\n  --help        print this")
}
