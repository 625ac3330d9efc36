package demo

import (
	"context"
	"time"
)

// How long releases settle, and how long it takes to walk to a portal.
const (
	settleTime = 16 * time.Minute
	walkTime   = 40 * time.Minute
)

// past are the acts of the history up to the last days, by their days.
func past() []act {
	return []act{
		{0, learnTemplate},
		{0.05, firstPush},
		{0.1, roster(byHR, 0)},
		{0.12, roster(byAgency, 0)},
		{0.15, giveRoles},
		{0.2, errands},
		{4, signIns(7, 1)},
		{6, pushes(6)},
		{6.2, errands},
		{9, pushes(9)},
		{11, moves("1025", "Marketing", "Content Strategist", "1065")},
		{13, pushes(13)},
		{13.1, roster(byAgency, 13)},
		{13.2, errands},
		{13.4, learns},
		{15, marries("1034", "Bjørnstad", "solveig.bjornstad@meridian.example")},
		{16, pushes(16)},
		{17, signIns(6, 2)},
		{18, grants("coaching", "1107", "takes over the night desk in spring", 240)},
		{20, pushes(20)},
		{20.1, roster(byHR, 20)},
		{20.3, errands},
		{23, pushes(23)},
		{23.3, withholds("videos", "1286", "learns in the data centre instead")},
		{25, moves("1042", "Product", "Product Manager", "1203")},
		{27, pushes(27)},
		{27.1, roster(byHR, 27)},
		{27.2, roster(byAgency, 27)},
		{27.4, errands},
		{27.6, learns},
		{29, pilotEnds},
		{29.2, closeHolds(true, "the pilot is over, as planned")},
		{29.4, errands},
		{30, pushes(30)},
		{31, signIns(7, 3)},
		{34, pushes(34)},
		{34.1, roster(byHR, 34)},
		{34.3, errands},
		{37, pushes(37)},
		{38, guest},
		{38.5, moves("1100", "Support", "Knowledge Editor", "1093")},
		{40, asks("videos", "1203", "I write the labs for the next release")},
		{41, answers(true, "good idea")},
		{41.1, pushes(41)},
		{41.3, roster(byAgency, 41)},
		{41.5, errands},
		{41.7, learns},
		{44, pushes(44)},
		{45, marries("1390", "Horáková", "zdenka.horakova@nordwind.example")},
		{47, buys(laterCoaching)},
		{48, pushes(48)},
		{48.1, roster(byHR, 48)},
		{48.3, errands},
		{49, signIns(5, 4)},
		{51, pushes(51)},
		{52, academyBreaks},
		{52.1, academyMends},
		{55, pushes(55)},
		{55.1, roster(byHR, 55, misspelt)},
		{55.2, undoLast(byHR, "titles were misspelt at the source")},
		{55.3, roster(byAgency, 55)},
		{55.5, errands},
		{55.7, learns},
		{58, pushes(58)},
		{59, asks("coaching", "1155", "my team has no lead any more")},
		{60, answers(false, "the queue comes first")},
		{62, pushes(62)},
		{62.1, roster(byHR, 62)},
		{62.3, errands},
		{63, signIns(6, 5)},
		{65, pushes(65)},
		{66, alsoEntra("1003", "1062", "1222")},
		{69, pushes(69)},
		{69.05, roster(byHR, 69, cutOff)},
		{69.1, discardLast(byHR, "the file was cut off")},
		{69.2, roster(byAgency, 69)},
		{69.4, errands},
		{69.6, learns},
		{72, pushes(72)},
		{73, moves("1156", "IT", "Security Analyst", "1283")},
		{74, givesBack("videos", "1151")},
		{76, pushes(76)},
		{76.1, roster(byHR, 76)},
		{76.3, errands},
		{77, signIns(4, 1)},
		{79, pushes(79)},
		{83, pushes(83)},
		{83.1, roster(byHR, 83)},
		{83.2, roster(byAgency, 83)},
		{83.4, errands},
		{83.6, learns},
		{86, pushes(86)},
	}
}

// pilotEnds has Entra take six people out of its group: more than go by themselves.
func pilotEnds(ctx context.Context, h *history) error {
	some := h.plainNetwork(6)
	for _, e := range some {
		e.network = false
	}
	if err := h.entra.members(ctx, "remove", some...); err != nil {
		return err
	}
	return h.settled(ctx)
}

// buys has the company own another number of coaching seats.
func buys(seats string) func(context.Context, *history) error {
	return func(ctx context.Context, h *history) error {
		h.settings["COACHING_SEATS"] = seats
		return h.Reload(ctx)
	}
}

// misspelt is an edit that HR regrets.
func misspelt(e *employee, row []string) bool {
	if e.title == "Visual Merchandiser" {
		row[rosterTitle] = "Visual Merchandizer"
	}
	return true
}

// cutOff leaves the end of a file out.
func cutOff(e *employee, _ []string) bool { return e.number < "1500" }

// academyBreaks has the academy fail while somebody is to get a seat there, and academyMends work again.
func academyBreaks(ctx context.Context, h *history) error {
	h.failing = true
	h.portals.fail(true)
	return moves("1048", "Legal", "Contract Manager", "1270")(ctx, h)
}

func academyMends(ctx context.Context, h *history) error {
	h.failing = false
	h.portals.fail(false)
	return h.Reload(ctx) // or the portal would be left alone for as long as it asked
}
