package replica_test

import (
	"slices"
	"testing"
)

// Of the lines of an ignore file that nobody can follow a run tells as many as anybody reads,
// and how many more there are; those that nobody understands come first, for what they were to
// leave out is not left out.
func TestFaultyIgnoreFiles(t *testing.T) {
	const (
		odd  = ` is not understood and passed over: "x[" can match nothing: a [ needs its ], and a \ something after it; write \[ or \\ for the character itself`
		dead = ` is passed over: "/" is empty: write a name, as in '*.tmp', or a path, as in /build`
	)
	for _, c := range []struct {
		name, root, sub string
		want            []string
	}{
		{name: "all are fine", root: "*.o\n"},
		{name: "one", root: "*.o\nx[\n", want: []string{"a .latusignore: line 2" + odd}},
		{name: "both kinds", root: "/\nx[\n", want: []string{"a .latusignore: line 2" + odd, "a .latusignore: line 1" + dead}},
		{name: "a file that nobody understands comes first", root: "/\n", sub: "x[\n",
			want: []string{"a sub/.latusignore: line 1" + odd, "a .latusignore: line 1" + dead}},
		{name: "as many as are told", root: "x[\nx[\nx[\nx[\nx[\n", want: []string{"a .latusignore: line 1" + odd, "a .latusignore: line 2" + odd,
			"a .latusignore: line 3" + odd, "a .latusignore: line 4" + odd, "a .latusignore: line 5" + odd}},
		{name: "one more", root: "/\nx[\nx[\nx[\nx[\nx[\n", want: []string{"a .latusignore: line 2" + odd, "a .latusignore: line 3" + odd, "a .latusignore: line 4" + odd,
			"a .latusignore: line 5" + odd, "a .latusignore: line 6" + odd, "a .latusignore: 1 more line is passed over"}},
		{name: "more", root: "x[\nx[\nx[\nx[\nx[\n/\n/\n", want: []string{"a .latusignore: line 1" + odd, "a .latusignore: line 2" + odd, "a .latusignore: line 3" + odd,
			"a .latusignore: line 4" + odd, "a .latusignore: line 5" + odd, "a .latusignore: 2 more lines are passed over"}},
	} {
		u := newUser(t)
		u.mkdir("b")
		u.write("a/.latusignore", c.root)
		u.write("a/sub/.latusignore", c.sub)
		u.write("a/x[", "not left out")
		r := u.sync("a", "b")
		if !slices.Equal(r.notices, c.want) {
			t.Errorf("%s: %q\nnot %q", c.name, r.notices, c.want)
		}
		u.holds("b/x[", "not left out")
	}
}
