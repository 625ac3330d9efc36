// Package plan decides. It links records to people, merges what directories say, says who is entitled to which
// seat, who is served next, when a guard trips, and what a portal should hold.
//
// Its invariant: every function is a pure one of its arguments. Nothing here reads a clock, a store, a network or a
// random number, so the same inputs give the same plan on every replica, in every order of arrival and on every
// repetition; the ledger calls it inside its transactions, and a preview can call it on unsaved configuration.
package plan
