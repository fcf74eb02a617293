package main

import "context"

func measureFreshness(context.Context) ([]figure, error) { return nil, nil }
func measureCommands(context.Context) ([]figure, error)  { return nil, nil }
