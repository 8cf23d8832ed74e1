"""What a test may expect: one assertion a file, registered here.

An assertion reads its value from the test file once, and is then asked about turns:

    class RoutedTo:
        def read(self, value: Any, place: Place) -> Expectation: ...
        def check(self, expected: Expectation, turn: ObservedTurn, moment: Moment) -> Outcome: ...
        def names(self, expected: Expectation) -> Iterator[Named]: ...

A new one is a file with such a class, and a line in `ASSERTIONS`.
"""
