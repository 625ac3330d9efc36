// Package roster turns the rows of a file of people into records, and says of every row that it cannot use why, and how
// to mend it.
//
// Its invariant: a roster never says what it does not say. Every row is mapped, unchanged or refused with a reason, and
// the counts add up to the lines of the file; nothing is guessed, neither a date nor a status nor a missing column; and a
// file that was cut, shifted or swapped is refused as a whole, so that no absence is ever concluded from it. What is
// read depends on the file, the mapping and the Options alone.
package roster
