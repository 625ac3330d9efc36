package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

const day = 24 * time.Hour

// parseDuration reads what [time.ParseDuration] reads, and whole days before
// it: "7d", "1d12h". A day is 24 hours.
func parseDuration(text string) (time.Duration, error) {
	number, rest, found := strings.Cut(text, "d")
	if !found {
		return time.ParseDuration(text)
	}
	days, err := strconv.ParseUint(number, 10, 16)
	if err != nil {
		return 0, fmt.Errorf("days of a duration: %w", err)
	}
	if rest == "" {
		return time.Duration(days) * day, nil
	}
	part, err := time.ParseDuration(rest)
	if err != nil {
		return 0, fmt.Errorf("duration after its days: %w", err)
	}
	if whole := time.Duration(days) * day; part >= 0 && part <= math.MaxInt64-whole {
		return whole + part, nil
	}
	return 0, fmt.Errorf("duration after its days is out of range")
}
