package web

import (
	"fmt"
	"strings"

	"usher/internal/usher"
)

// The size of a drawing, in its own units.
const (
	chartWidth  = 320
	chartHeight = 80
)

// chart is the line of one subscription: what was, what dates make of it, and what was bought. The server draws it, and the
// words beside it say the same.
type chart struct {
	Past, Ahead, Limit string // points of lines
	Now                int    // where the past ends
	Title              string
}

// lineOf draws a subscription. assumed are the days ahead where they are others than dates tell; nil: they are not.
func lineOf(p usher.PoolOutlook, assumed []usher.PoolDay) chart {
	ahead := p.Ahead
	if assumed != nil {
		ahead = assumed
	}
	most := 1
	for _, d := range append(append([]usher.PoolDay{}, p.Past...), ahead...) {
		most = max(most, d.Occupied, d.Purchased)
	}
	at := func(day, seats int) point {
		return point{day * chartWidth / max(1, len(p.Past)+len(ahead)-2), chartHeight - 4 - seats*(chartHeight-8)/most}
	}
	var past, then, limit []point
	for i, d := range p.Past {
		past = append(past, at(i, d.Occupied))
	}
	now := len(p.Past) - 1
	for i, d := range ahead {
		then = append(then, at(now+i, d.Occupied))
		limit = append(limit, at(now+i, d.Purchased))
	}
	if len(limit) > 0 {
		limit = append([]point{{0, limit[0].y}}, limit...)
	}
	return chart{Past: points(past), Ahead: points(then), Limit: points(limit), Now: at(max(0, now), 0).x, Title: lineWords(p, ahead)}
}

// lineWords say what a line shows.
func lineWords(p usher.PoolOutlook, ahead []usher.PoolDay) string {
	if len(p.Past) == 0 || len(ahead) == 0 {
		return "Seats of " + p.Name
	}
	last := ahead[len(ahead)-1]
	return fmt.Sprintf("Seats of %s: %d occupied %d days ago, %d now, %d in %d days as far as dates tell; %d purchased", p.Name,
		p.Past[0].Occupied, len(p.Past)-1, p.Used, last.Occupied, len(ahead)-1, last.Purchased)
}

type point struct{ x, y int }

// points are those of a line, without those in the middle of a level part.
func points(list []point) string {
	var text strings.Builder
	for i, p := range list {
		if i > 0 && i < len(list)-1 && list[i-1].y == p.y && list[i+1].y == p.y {
			continue
		}
		fmt.Fprintf(&text, "%d,%d ", p.x, p.y)
	}
	return strings.TrimSpace(text.String())
}
