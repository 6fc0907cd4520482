package main

import (
	"bytes"
	"strconv"
	"strings"
)

// memoryCgroup is the container's memory as the kernel accounts it; nil where it has no limit.
type memoryCgroup struct {
	proc         *procReader
	usageFile    string
	statFile     string
	inactiveName []byte // of the page cache that the kernel drops first, in statFile
	limit        int64
}

// findMemoryCgroup finds the limit of cgroup v2 or v1. A container sees its own group at the root of the mount; a
// program outside of one, or with the host's cgroup namespace, finds it by the path that the kernel gives.
func findMemoryCgroup(selfCgroup, mount string) *memoryCgroup {
	proc := newProcReader()
	groups, _ := proc.read(selfCgroup)
	paths := map[string]string{"v2": "", "v1": ""}
	for _, line := range strings.Split(string(groups), "\n") {
		parts := strings.SplitN(line, ":", 3)
		switch {
		case len(parts) != 3:
		case parts[1] == "":
			paths["v2"] = parts[2]
		case strings.Contains(","+parts[1]+",", ",memory,"):
			paths["v1"] = parts[2]
		}
	}
	for _, directory := range []string{mount + paths["v2"], mount} {
		found := &memoryCgroup{proc, directory + "/memory.current", directory + "/memory.stat", []byte("inactive_file "), 0}
		if found.readLimit(directory + "/memory.max") {
			return found
		}
	}
	for _, directory := range []string{mount + "/memory" + paths["v1"], mount + "/memory"} {
		found := &memoryCgroup{proc, directory + "/memory.usage_in_bytes", directory + "/memory.stat",
			[]byte("total_inactive_file "), 0}
		if found.readLimit(directory + "/memory.limit_in_bytes") {
			return found
		}
	}
	return nil
}

// readLimit is false when there is none: "max" in v2, a number near 2^63 in v1.
func (c *memoryCgroup) readLimit(file string) bool {
	const unlimited = 1 << 60
	c.limit = c.readNumber(file)
	return c.limit > 0 && c.limit < unlimited
}

func (c *memoryCgroup) readNumber(file string) int64 {
	text, _ := c.proc.read(file)
	number, err := strconv.ParseInt(string(bytes.TrimSpace(text)), 10, 64)
	if err != nil {
		return -1
	}
	return number
}

// usage is what counts towards the limit and cannot be dropped. memory.stat is dear, so it is read only where
// it decides.
func (c *memoryCgroup) usage() int64 {
	if c == nil {
		return 0
	}
	used := c.readNumber(c.usageFile)
	if !c.nearlyOut(used) {
		return used
	}
	stat, _ := c.proc.read(c.statFile)
	activeName := bytes.Replace(c.inactiveName, []byte("inactive"), []byte("active"), 1)
	for _, line := range bytes.Split(stat, []byte{'\n'}) {
		for _, name := range [][]byte{c.inactiveName, activeName} {
			if value, found := bytes.CutPrefix(line, name); found {
				pages, _ := strconv.ParseInt(string(value), 10, 64)
				used -= pages
			}
		}
	}
	return used
}

func (c *memoryCgroup) nearlyOut(usage int64) bool {
	return c != nil && usage > c.limit/100*nearlyOut
}
