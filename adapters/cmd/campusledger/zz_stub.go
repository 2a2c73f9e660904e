package main

type serveCmd struct{ place }
type exportCmd struct{ place }
