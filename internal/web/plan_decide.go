package web

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"usher/internal/usher"
)

// Selection says which of the changes that wait are meant.
type Selection struct {
	Class   usher.ChangeClass // empty: of every class
	Changes []int64           // numbers of single ones, which count instead; none: all
	// Held is how many waited when the visitor saw the plan.
	Held int
}

func confirmPlan(v *visit) error {
	number, by, err := v.decision()
	if err != nil {
		return err
	}
	s, err := v.selection()
	if err != nil {
		return err
	}
	if err := v.o.Plans.ConfirmPlan(v.lasting(), by, number, s); err != nil {
		return err
	}
	return v.done(planPath(number), "plan-confirmed")
}

// selection is what the form means.
func (v *visit) selection() (s Selection, err error) {
	form := v.r.PostForm
	if s.Held, err = strconv.Atoi(form.Get("held")); err != nil || s.Held < 1 {
		return s, &usher.InvalidError{Attribute: "the form", Problem: "does not say how many changes waited: load the page again"}
	}
	switch form.Get("what") {
	case "all":
		return s, nil
	case "class":
		s.Class = usher.ChangeClass(form.Get("class"))
		if classWords[s.Class][0] == "" {
			return s, &usher.InvalidError{Attribute: "class", Problem: "is none that there is"}
		}
		return s, nil
	case "chosen":
		for _, text := range form["change"] {
			seq, err := positive(text)
			if err != nil {
				return s, &usher.InvalidError{Attribute: "people", Problem: "cannot be read: load the page again and choose them"}
			}
			s.Changes = append(s.Changes, seq)
		}
		if len(s.Changes) == 0 {
			return s, &usher.InvalidError{Attribute: "nobody", Problem: "is chosen: tick the people whose changes you confirm"}
		}
		return s, nil
	}
	return s, &usher.InvalidError{Attribute: "what", Problem: "is none of all, class and chosen"}
}

func discardPlan(v *visit) error {
	number, by, err := v.decision()
	if err != nil {
		return err
	}
	if err := v.o.Plans.DiscardPlan(v.lasting(), by, number); err != nil {
		return err
	}
	return v.done(planPath(number), "plan-discarded")
}

// undoPlan leads to the plan that is the way back.
func undoPlan(v *visit) error {
	number, by, err := v.decision()
	if err != nil {
		return err
	}
	back, err := v.o.Plans.UndoPlan(v.lasting(), by, number)
	if err != nil {
		return err
	}
	return v.done(planPath(back), "plan-undo")
}

// longest is what the longest work for a page may take.
const longest = time.Hour

// takesLong gives an answer the time that the work for it takes. A server without a limit needs none.
func (v *visit) takesLong() {
	err := http.NewResponseController(v.w).SetWriteDeadline(time.Now().Add(longest))
	if err != nil && !errors.Is(err, http.ErrNotSupported) {
		v.o.Failed(v.r, err)
	}
}

// lasting is for work that takes its time, and is finished although the visitor may have gone.
func (v *visit) lasting() context.Context {
	v.takesLong()
	return context.WithoutCancel(v.r.Context())
}
