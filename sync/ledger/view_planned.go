package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"usher/internal/store"
	"usher/internal/usher"
)

// PlanSeats lists what a plan would do to seats. A part begins where the one before ended: the mark of the next one says how
// many came before it. The text of a plan for 100,000 people has megabytes: only what is shown of it is taken apart.
func (l *Ledger) PlanSeats(ctx context.Context, number int64, q usher.SeatQuery) (list usher.Listed[usher.PlannedSeat], err error) {
	err = l.store.Read(ctx, func(tx *store.Tx) error {
		p, err := planInParts(ctx, tx, number)
		if err != nil {
			return err
		}
		text, err := tx.PlanSeats(ctx, p.ID)
		if err != nil {
			return fmt.Errorf("plan %d: %w", number, err)
		}
		if list, err = plannedIn(text, q); err != nil {
			return fmt.Errorf("plan %d: seats: %w", number, err)
		}
		return nil
	})
	return list, err
}

// plannedIn are those of a list of planned seats, in JSON, that a query selects.
func plannedIn(text string, q usher.SeatQuery) (list usher.Listed[usher.PlannedSeat], err error) {
	wanted, err := parts(q)
	if err != nil {
		return list, err
	}
	matching := 0
	for element := range elements(text) {
		if !containsAll(element, wanted) {
			continue
		}
		if matching++; matching <= q.Skip {
			continue
		}
		if len(list.Items) == q.Limit {
			list.Next = &usher.Mark{At: usher.Time(q.Skip + q.Limit)}
			return list, nil
		}
		var s usher.PlannedSeat
		if err := json.Unmarshal([]byte(element), &s); err != nil {
			return list, err
		}
		list.Items = append(list.Items, s)
	}
	return list, nil
}

// parts are the texts that those planned seats have, in JSON, which a query selects. A quote within a value is written with a
// backslash, so no name of anybody can look like one.
func parts(q usher.SeatQuery) (wanted []string, err error) {
	for key, value := range map[string]string{"subscription": q.Subscription, "kind": string(q.Kind)} {
		if value == "" {
			continue
		}
		text, err := json.Marshal(value)
		if err != nil {
			return nil, err
		}
		wanted = append(wanted, fmt.Sprintf(`"%s":%s`, key, text))
	}
	return wanted, nil
}

func containsAll(text string, wanted []string) bool {
	for _, w := range wanted {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

// elements are the objects of a JSON array of objects, as they are written.
func elements(text string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		depth, from := 0, 0
		for i := 0; i < len(text); i++ {
			switch text[i] {
			case '"':
				i = endOfString(text, i)
			case '{':
				if depth++; depth == 1 {
					from = i
				}
			case '}':
				if depth--; depth == 0 && !yield(text[from:i+1]) {
					return
				}
			}
		}
	}
}

// endOfString is where the quote is that ends the string which begins at i.
func endOfString(text string, i int) int {
	for i++; i < len(text) && text[i] != '"'; i++ {
		if text[i] == '\\' {
			i++
		}
	}
	return i
}

// countedSeats counts what a plan does to seats, of a version that did not keep that.
func countedSeats(ctx context.Context, tx *store.Tx, p usher.Plan) ([]usher.SeatCount, error) {
	text, err := tx.PlanSeats(ctx, p.ID)
	if err != nil || text == "" {
		return nil, err
	}
	var seats []usher.PlannedSeat
	if err := json.Unmarshal([]byte(text), &seats); err != nil {
		return nil, fmt.Errorf("plan %d: seats: %w", p.Number, err)
	}
	return usher.CountSeats(seats), nil
}
