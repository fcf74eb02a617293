package torn

// Foreign is the error of a call that asks for the key owner's own faction and was
// answered with another one's data: the owner has moved. Torn itself says nothing;
// the caller notices by the ids. It is treated like Torn's error 7: the key loses
// its faction access and another one takes over.
func Foreign(endpoint string) error {
	return codeError(7, "the key's owner is in another faction now", endpoint)
}
