"""Every page and state of Raut, to be looked at: what `bench screenshots` photographs."""
