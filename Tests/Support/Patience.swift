/// How long a test waits for what must happen. Reached only by a failure.
public let patience = Duration.seconds(20)
