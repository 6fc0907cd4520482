package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
)

// usageError is a mistake of the caller; its text says what is wrong and what to do.
type usageError string

func (e usageError) Error() string { return string(e) }

// exitError ends the program with a status; its text, if any, is printed.
type exitError struct {
	status int
	text   string
}

func (e exitError) Error() string { return e.text }

// helpText is the answer to --help.
type helpText string

func (e helpText) Error() string { return string(e) }

// exitStatus prints what a command's end has to say and returns the exit status: 2 for wrong usage.
func exitStatus(command string, err error, stdout, stderr io.Writer) int {
	var usage usageError
	var exit exitError
	var help helpText
	switch {
	case err == nil:
		return 0
	case errors.As(err, &help):
		fmt.Fprint(stdout, string(help))
		return 0
	case errors.As(err, &usage):
		fmt.Fprintf(stderr, "cdk8s-mcp-shim %s: %s\n", command, oneLine(usage.Error()))
		return 2
	case errors.As(err, &exit):
		if exit.text != "" {
			fmt.Fprintf(stderr, "cdk8s-mcp-shim %s: %s\n", command, oneLine(exit.text))
		}
		return exit.status
	}
	fmt.Fprintf(stderr, "cdk8s-mcp-shim %s: %s\n", command, oneLine(err.Error()))
	return 1
}

func oneLine(text string) string { return strings.ReplaceAll(text, "\n", " ") }

// parseOptions parses options and returns what follows them.
func parseOptions(flags *flag.FlagSet, usage string, arguments []string) ([]string, error) {
	flags.SetOutput(io.Discard)
	flags.Usage = func() {}
	err := flags.Parse(arguments)
	if errors.Is(err, flag.ErrHelp) {
		return nil, helpText(describeOptions(flags, usage))
	}
	if err != nil {
		return nil, usageError(fmt.Sprintf("%v: see cdk8s-mcp-shim %s --help", err, flags.Name()))
	}
	return flags.Args(), nil
}

func describeOptions(flags *flag.FlagSet, usage string) string {
	var text strings.Builder
	fmt.Fprintf(&text, "Usage: cdk8s-mcp-shim %s\n", usage)
	flags.VisitAll(func(option *flag.Flag) {
		value, meaning := flag.UnquoteUsage(option)
		fmt.Fprintf(&text, "  %-30s %s\n", "--"+option.Name+" "+value, meaning)
	})
	return text.String()
}

// secondsValue is an option in seconds, fractions allowed.
type secondsValue time.Duration

func (v *secondsValue) String() string { return time.Duration(*v).String() }

func (v *secondsValue) Set(text string) error {
	seconds, err := strconv.ParseFloat(text, 64)
	if err != nil || !(seconds >= 0 && seconds <= 1e6) {
		return errors.New("give a number of seconds from 0 to 1000000")
	}
	*v = secondsValue(seconds * float64(time.Second))
	return nil
}

// bytesValue is an option in bytes, or with a suffix Ki, Mi or Gi.
type bytesValue int64

func (v *bytesValue) String() string { return strconv.FormatInt(int64(*v), 10) }

func (v *bytesValue) Set(text string) error {
	digits, unit := text, int64(1)
	for suffix, size := range map[string]int64{"Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30} {
		if rest, found := strings.CutSuffix(text, suffix); found {
			digits, unit = rest, size
		}
	}
	number, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || number <= 0 || number > math.MaxInt64/unit {
		return errors.New("give a number of bytes, or of Ki, Mi or Gi as in 96Mi")
	}
	*v = bytesValue(number * unit)
	return nil
}

// countValue is an option that is a positive whole number.
type countValue int

func (v *countValue) String() string { return strconv.Itoa(int(*v)) }

func (v *countValue) Set(text string) error {
	number, err := strconv.Atoi(text)
	if err != nil || number <= 0 {
		return errors.New("give a whole number from 1")
	}
	*v = countValue(number)
	return nil
}

// uidsValue is a set of user ids; the option may be repeated.
type uidsValue map[uint32]bool

func (v uidsValue) String() string { return "" }

func (v uidsValue) Set(text string) error {
	uid, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return errors.New("give the number of a user")
	}
	v[uint32(uid)] = true
	return nil
}
