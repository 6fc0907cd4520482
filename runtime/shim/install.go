package main

import (
	"flag"
	"io"
	"os"
	"path/filepath"
)

const installUsage = "install PATH"

// runInstall copies the program, so that an init container can give it to the server's container. A reader sees the
// old file or the new one, never a part.
func runInstall(arguments []string) error {
	rest, err := parseOptions(flag.NewFlagSet("install", flag.ContinueOnError), installUsage, arguments)
	if err != nil {
		return err
	}
	if len(rest) != 1 {
		return usageError("give the one path to copy this program to: " + installUsage)
	}
	if info, err := os.Stat(rest[0]); err == nil && info.IsDir() {
		return usageError(rest[0] + " is a directory: give the path of the file, its name included")
	}
	return install("/proc/self/exe", rest[0])
}

func install(source, target string) error {
	from, err := os.Open(source)
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := os.CreateTemp(filepath.Dir(target), ".cdk8s-mcp-shim-*")
	if err != nil {
		return err
	}
	defer os.Remove(to.Name()) // fails when all went well
	if _, err = io.Copy(to, from); err == nil {
		err = to.Chmod(0o555)
	}
	if closing := to.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return err
	}
	return os.Rename(to.Name(), target)
}
