// Package config turns one YAML file into a [Config].
//
// Its invariant: a Config that it returns is whole and consistent, and a file
// that is not gives every mistake at once, each with file, line and column.
// No problem ever quotes a value of the file, so a secret cannot reach a log;
// it quotes keys, the names of environment variables and the paths of files
// that the configuration refers to.
//
// The struct tree below Config is the only list of keys. Its tags say the rest:
//
//	yaml      the key
//	default   the value when the key is missing
//	required  the key must be there
//	oneof     the words allowed, separated by spaces
//	min, max  bounds of a number or a duration, both included
//	kinds     the portal kinds that know the key (all, when there is no tag)
//	needs     the portal kinds that cannot do without it
package config
