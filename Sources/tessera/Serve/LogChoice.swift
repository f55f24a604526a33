import Logging

extension ServeConfiguration.Log {
    /// The log that the daemon writes to standard error from now on.
    func begin() -> Logger {
        LoggingSystem.bootstrap { [level, format] label in
            var handler: any LogHandler = format == .json ? JSONLogHandler(logLevel: level) : StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
        return Logger(label: "tessera")
    }
}
