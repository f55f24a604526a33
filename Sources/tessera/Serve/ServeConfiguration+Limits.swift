import HTTPDoor

extension ServeConfiguration {
    /// What the file says of the doors' limits; what it does not say is the doors' own.
    static func limits(_ file: ServeConfigurationFile, _ choice: inout SettingChoice) -> DoorLimits {
        let written = file.limits?.value
        var limits = DoorLimits()
        limits.bodySize = number("bodySize", written?.bodySize, limits.bodySize, 1024...(64 << 20), &choice)
        limits.bodiesSize = number("bodiesSize", written?.bodiesSize, limits.bodiesSize, limits.bodySize...(1 << 34), &choice)
        limits.headerSize = number("headerSize", written?.headerSize, limits.headerSize, 1024...(1 << 20), &choice)
        limits.headerCount = number("headerCount", written?.headerCount, limits.headerCount, 8...1024, &choice)
        limits.headerTime = seconds("headerSeconds", written?.headerSeconds, limits.headerTime, &choice)
        limits.bodyTime = seconds("bodySeconds", written?.bodySeconds, limits.bodyTime, &choice)
        limits.idleTime = seconds("idleSeconds", written?.idleSeconds, limits.idleTime, &choice)
        limits.stallTime = seconds("stallSeconds", written?.stallSeconds, limits.stallTime, &choice)
        limits.connections = number("connections", written?.connections, limits.connections, many, &choice)
        limits.connectionsPerPeer = number(
            "connectionsPerPeer", written?.connectionsPerPeer, limits.connectionsPerPeer, many, &choice)
        limits.requests = number("requests", written?.requests, limits.requests, many, &choice)
        limits.waitingRequests = number("waitingRequests", written?.waitingRequests, limits.waitingRequests, many, &choice)
        limits.closingTime = seconds("closingSeconds", written?.closingSeconds, limits.closingTime, &choice)
        return limits
    }

    private static let many = 1...1_000_000

    private static func seconds(
        _ name: String, _ written: Int?, _ standard: Duration, _ choice: inout SettingChoice
    ) -> Duration {
        .seconds(number(name, written, Int(standard.components.seconds), 1...86_400, &choice))
    }

    private static func number(
        _ name: String, _ written: Int?, _ standard: Int, _ range: ClosedRange<Int>, _ choice: inout SettingChoice
    ) -> Int {
        let value = choice.take("limits.\(name)", nil, written, else: standard)
        guard range.contains(value) else {
            choice.note(
                .init(
                    .unsuitable, "limits.\(name)", "\(value) is out of range", hint: "give \(range.lowerBound) to \(range.upperBound)"))
            return standard
        }
        return value
    }
}
