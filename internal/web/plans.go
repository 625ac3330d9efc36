package web

import (
	"context"
	"io"
	"math"
	"net/url"
	"slices"
	"strconv"

	"usher/internal/usher"
)

// Plans are what files of people would change, and changed.
type Plans interface {
	// FileDirectories are the directories that take files, by name.
	FileDirectories() []string
	// WaitingPlans are those about which somebody has to decide, or which are being read or applied; of a directory where one is named.
	WaitingPlans(ctx context.Context, directory string) ([]usher.PlanView, error)
	// PastPlans are the others whose number is below before, newest first.
	PastPlans(ctx context.Context, directory string, before int64, limit int) (usher.Listed[usher.PlanView], error)
	PlanReview(ctx context.Context, number int64) (usher.PlanReview, error)
	PlanChanges(ctx context.Context, number int64, q usher.ChangeQuery) (usher.Listed[usher.ChangeView], error)
	PlanSeats(ctx context.Context, number int64, q usher.SeatQuery) (usher.Listed[usher.PlannedSeat], error)
	PlanFindings(ctx context.Context, number int64, q usher.FindingQuery) (usher.Listed[usher.Finding], error)
	// ErrorSheet is the file of a plan with a column that says what is wrong with each row; with only, of the rows of which anything is to be
	// said. *usher.InvalidError: there is none, and why.
	ErrorSheet(ctx context.Context, number int64, workbook, only bool) (io.ReadCloser, error)
	// Upload plans a file, and gives the number of the plan. *Refusal, *usher.InvalidError: it was not taken, and why.
	Upload(ctx context.Context, by usher.Principal, u Upload) (int64, error)
	// ConfirmPlan lets changes go, which are then applied by and by. usher.ErrStale: the plan is no longer what the visitor saw.
	ConfirmPlan(ctx context.Context, by usher.Principal, number int64, s Selection) error
	DiscardPlan(ctx context.Context, by usher.Principal, number int64) error
	// UndoPlan gives the number of the plan that is the way back.
	UndoPlan(ctx context.Context, by usher.Principal, number int64) (int64, error)
}

var planRoutes = []Route{
	{Method: "GET", Path: "/plans", Access: usher.AccessOverseers, serve: listPlans},
	{Method: "GET", Path: "/plans/{number}", Access: usher.AccessOverseers, serve: showPlan},
	{Method: "GET", Path: "/plans/{number}/progress", Access: usher.AccessOverseers, serve: showProgress},
	{Method: "GET", Path: "/plans/{number}/seats", Access: usher.AccessOverseers, serve: showPlanSeats},
	{Method: "GET", Path: "/plans/{number}/findings", Access: usher.AccessOverseers, serve: showFindings},
	{Method: "GET", Path: "/plans/{number}/errors", Access: usher.AccessOverseers, serve: sendErrors},
	{Method: "POST", Path: "/plans/{number}/confirm", Access: usher.AccessDeciders, Fresh: true, serve: confirmPlan},
	{Method: "POST", Path: "/plans/{number}/discard", Access: usher.AccessDeciders, Fresh: true, serve: discardPlan},
	{Method: "POST", Path: "/plans/{number}/undo", Access: usher.AccessDeciders, Fresh: true, serve: undoPlan},
}

// plansAtOnce and revisionsAtOnce are how many of the past ones a page shows.
const (
	plansAtOnce     = 25
	revisionsAtOnce = 10
)

type plansPage struct {
	Directories []string
	Directory   string // of which plans are shown; empty: of all
	// Waiting are revisions of the configuration and plans about which somebody has to decide.
	Changed []revision
	Waiting []plan
	Past    []plan
	Older   string // where the next part is; empty: nowhere
	Decided []revision
}

// Empty says that there never was anything.
func (p plansPage) Empty() bool {
	return p.Directory == "" && len(p.Waiting)+len(p.Past)+len(p.Changed) == 0
}

// listPlans shows what waits, and then what is past.
func listPlans(v *visit) error {
	before, err := v.asked("before")
	if err != nil {
		return err
	}
	if before == 0 {
		before = math.MaxInt64
	}
	page := plansPage{Directories: v.o.Plans.FileDirectories(), Directory: v.r.URL.Query().Get("directory")}
	if page.Directory != "" && !slices.Contains(page.Directories, page.Directory) {
		return usher.ErrNotFound
	}
	waiting, err := v.o.Plans.WaitingPlans(v.r.Context(), page.Directory)
	if err != nil {
		return err
	}
	past, err := v.o.Plans.PastPlans(v.r.Context(), page.Directory, before, plansAtOnce)
	if err != nil {
		return err
	}
	page.Waiting, page.Past = plansOf(waiting), plansOf(past.Items)
	if past.Next != nil {
		page.Older = "/plans?" + url.Values{"directory": {page.Directory}, "before": {strconv.FormatInt(int64(past.Next.At), 10)}}.Encode()
	}
	if err := page.addRevisions(v); err != nil {
		return err
	}
	return v.show("plans", page)
}

func plansOf(views []usher.PlanView) (plans []plan) {
	for _, v := range views {
		plans = append(plans, plan{v})
	}
	return plans
}

// addRevisions adds what a changed configuration would change: it belongs to no directory.
func (p *plansPage) addRevisions(v *visit) error {
	if p.Directory != "" {
		return nil
	}
	all, err := v.o.Revisions.Revisions(v.r.Context(), revisionsAtOnce)
	for _, r := range all {
		if r.State == usher.RevisionProposed {
			p.Changed = append(p.Changed, revision{r})
		} else {
			p.Decided = append(p.Decided, revision{r})
		}
	}
	return err
}
