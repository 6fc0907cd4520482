package main

import (
	"math"
	"os"
	"strconv"
	"strings"
)

// ownerVariable marks what a process of the server starts, so that a daemon which left its parent and its session
// still says whose it is: INSTANCE-NUMBER.
const ownerVariable = "CDK8S_MCP_PROCESS"

// identity names a process for good; a pid alone is used again.
type identity struct {
	pid   int
	start uint64
}

func (t *task) identity() identity { return identity{t.pid, t.start} }

// noOwner marks processes that no process of the server started: kubectl exec, probes, the shim itself.
const noOwner = 0

// tree knows which process of the server each process of the container belongs to.
type tree struct {
	proc       *procReader
	instance   string
	self       int
	byPid      map[int]int // places in the snapshot
	remembered map[identity]int
	newest     int // number of the youngest process of the server that was seen
	// strays are orphans that do not say whose they are, with the newest number when they were first seen: their
	// owner's is not above it.
	strays map[identity]int
}

func newTree(instance string) *tree {
	return &tree{proc: newProcReader(), instance: instance, self: os.Getpid(), byPid: map[int]int{},
		remembered: map[identity]int{}}
}

// snapshot is what belonged to whom at one moment.
type snapshot struct {
	tasks []task // those of the server only; valid until the next look
	// torn: a process was seen whose parent was not, so what it belongs to may show in the next snapshot only.
	torn bool
}

// of lists what belongs to one process of the server.
func (s snapshot) of(number int) []task {
	var found []task
	for _, seen := range s.tasks {
		if seen.owner == number {
			found = append(found, seen)
		}
	}
	return found
}

// look takes a snapshot and remembers it. mains are the numbers of running main processes by their pid.
func (t *tree) look(mains map[int]int) (snapshot, error) {
	tasks, err := t.proc.tasks()
	if err != nil {
		return snapshot{}, err
	}
	view := &view{tree: t, mains: mains, tasks: tasks, oldest: math.MaxInt, strays: map[identity]int{}}
	clear(t.byPid)
	for i, seen := range tasks {
		t.byPid[seen.pid] = i
	}
	for _, number := range mains {
		view.oldest, t.newest = min(view.oldest, number), max(t.newest, number)
	}
	for i := range tasks {
		view.resolve(&tasks[i])
	}
	owned := tasks[:0]
	clear(t.remembered)
	for _, seen := range tasks {
		if seen.owner != noOwner {
			owned = append(owned, seen)
			t.remembered[seen.identity()] = seen.owner
		}
	}
	t.strays = view.strays
	return snapshot{owned, view.torn}, nil
}

// holds is whether anything of a server was there in the last snapshot.
func (t *tree) holds() bool { return len(t.remembered)+len(t.strays) > 0 }

// view resolves owners within one snapshot.
type view struct {
	*tree
	mains  map[int]int
	tasks  []task
	torn   bool
	oldest int              // number of the oldest process of the server that runs
	strays map[identity]int // of this snapshot; those of the one before are the tree's
}

func (v *view) resolve(of *task) int {
	if !of.resolved {
		of.resolved = true // at once: a torn snapshot may show a cycle
		of.owner = v.findOwner(of)
	}
	return of.owner
}

func (v *view) findOwner(of *task) int {
	if of.pid == v.self || of.parent == 0 {
		return noOwner
	}
	if owner, main := v.mains[of.pid]; main {
		return owner
	}
	if owner, known := v.remembered[of.identity()]; known {
		return owner
	}
	parent, seen := v.byPid[of.parent]
	switch {
	case of.parent == v.self:
		return v.ownerOfOrphan(of)
	case seen:
		return v.resolve(&v.tasks[parent])
	}
	v.torn = true
	return noOwner
}

// ownerOfOrphan: a child of the shim that is no main process has lost its parent.
func (v *view) ownerOfOrphan(of *task) int {
	if owner, running := v.mains[of.session]; running {
		return owner
	}
	if mark, found := v.proc.environmentVariable(of.pid, ownerVariable); found {
		if number, ours := strings.CutPrefix(mark, v.instance+"-"); ours {
			if owner, err := strconv.Atoi(number); err == nil && owner > 0 {
				return owner
			}
		}
	}
	// A container's init inherits what kubectl exec leaves behind too: that is not ours to end.
	if v.self == 1 || of.zombie {
		return noOwner
	}
	name := of.identity()
	newest, seenBefore := v.tree.strays[name]
	if !seenBefore {
		newest = v.newest
	}
	v.strays[name] = newest
	if v.oldest <= newest {
		return noOwner // its owner may be among those that run
	}
	return endedOwner
}

// endedOwner stands for some process of the server that does not run any more. Where the shim is no init, orphans are
// always of servers, so one that hides whose it is is ended when all who may own it have.
const endedOwner = -1
