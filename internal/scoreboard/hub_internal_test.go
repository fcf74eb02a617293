package scoreboard

import "testing"

// Numbers of links are each faction's own.
func TestALinksPlacesAreNotThoseOfAnotherFactionsLinkOfTheSameNumber(t *testing.T) {
	h := newHub(10, 10, 1)
	first, ok := h.join(101, 500)
	if !ok {
		t.Fatal("the first page found no place")
	}
	if _, ok := h.join(101, 500); ok {
		t.Error("a second page of the same link found a place, and it has one")
	}
	if _, ok := h.join(202, 500); !ok {
		t.Error("another faction's link found its only place taken")
	}
	h.leave(first)
	if _, ok := h.join(101, 500); !ok {
		t.Error("the place that was left is not free")
	}
}
