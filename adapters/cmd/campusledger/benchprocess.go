package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// process is what Linux says about one in /proc/*/stat: see proc(5).
type process struct {
	program string
	parent  int
	// ticks are hundredths of a second of its own, ended those of children
	// that have ended.
	ticks, ended int64
}

// readProcess returns false for one that is gone, and on other systems.
func readProcess(id string) (p process, ok bool) {
	text, err := os.ReadFile("/proc/" + id + "/stat")
	if err != nil {
		return p, false
	}
	// The program's name may hold blanks and brackets; what follows may not.
	before, after, ok := cutLast(string(text), ") ")
	if !ok {
		return p, false
	}
	_, p.program, _ = strings.Cut(before, "(")
	fields := strings.Fields(after)
	if len(fields) < 15 {
		return p, false
	}
	number := func(i int) int64 {
		n, err := strconv.ParseInt(fields[i], 10, 64)
		ok = ok && err == nil
		return n
	}
	p.parent = int(number(1))
	p.ticks, p.ended = number(11)+number(12), number(13)+number(14)
	return p, ok
}

func cutLast(s, separator string) (before, after string, found bool) {
	i := strings.LastIndex(s, separator)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(separator):], true
}

// parentOf returns the process that started another one of the program, 0 if
// there is none here.
func parentOf(id int, program string) int {
	p, ok := readProcess(strconv.Itoa(id))
	if !ok || p.program != program {
		return 0
	}
	return p.parent
}

// serverCPU is the processor time of a server and its children, -1 if it is not
// known.
func serverCPU(server int) time.Duration {
	own, ok := readProcess(strconv.Itoa(server))
	if server == 0 || !ok {
		return -1
	}
	ticks := own.ticks + own.ended
	for _, child := range childrenOf(server) {
		ticks += child.ticks
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// serverMemory is what a server and its children hold of memory that is not
// shared, in bytes; -1 if it is not known.
func serverMemory(server int) int64 {
	total := memory(strconv.Itoa(server), "RssAnon:")
	if server == 0 || total < 0 {
		return -1
	}
	for id := range childrenOf(server) {
		total += max(memory(id, "RssAnon:"), 0) // it may have ended
	}
	return total
}

// childrenOf returns the processes that another one started, by their ids.
func childrenOf(id int) map[string]process {
	children := make(map[string]process)
	names, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return nil // the pattern is right
	}
	for _, name := range names {
		if p, ok := readProcess(filepath.Base(name)); ok && p.parent == id {
			children[filepath.Base(name)] = p
		}
	}
	return children
}

// memory reads a line of /proc/*/status, such as "VmRSS:", in bytes; -1 if there
// is none.
func memory(id, line string) int64 {
	text, err := os.ReadFile("/proc/" + id + "/status")
	if err != nil {
		return -1
	}
	for one := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(one, line); ok {
			kB, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "kB")), 10, 64)
			if err != nil {
				return -1
			}
			return kB << 10
		}
	}
	return -1
}
