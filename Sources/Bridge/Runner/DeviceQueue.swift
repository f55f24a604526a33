/// Who waits for one device: callers take turns, so that one with many requests delays another by one of them at most.
struct DeviceQueue: Sendable {
    /// Where somebody stands.
    struct Place: Hashable, Sendable {
        /// How many come first; 0 for the one who has the device.
        let position: Int
        /// Who has the device, or is next; `nil` for the one who has it.
        let ahead: String?
    }

    /// The job of a caller.
    struct Entry: Hashable, Sendable {
        let job: UInt64
        let caller: String
    }

    /// Who has the device.
    private(set) var current: Entry?
    /// One line a caller, in the order of their turns.
    private var lines: [(caller: String, jobs: [UInt64])] = []

    init() {}

    /// Whether nobody has the device, or waits for it.
    var isEmpty: Bool { current == nil && lines.isEmpty }

    /// How many of a caller's jobs wait.
    func count(of caller: String) -> Int { lines.first { $0.caller == caller }?.jobs.count ?? 0 }

    /// Puts a job behind the others of its caller.
    mutating func append(_ job: UInt64, of caller: String) {
        if let index = lines.firstIndex(where: { $0.caller == caller }) {
            lines[index].jobs.append(job)
        } else {
            lines.append((caller, [job]))
        }
    }

    /// Gives a free device to the next; `nil` when it is not free, or nobody waits.
    mutating func next() -> UInt64? {
        guard current == nil, !lines.isEmpty else { return nil }
        var line = lines.removeFirst()
        let job = line.jobs.removeFirst()
        // Who has more to ask for comes again when all others had a turn.
        if !line.jobs.isEmpty { lines.append(line) }
        current = Entry(job: job, caller: line.caller)
        return job
    }

    /// Takes a job out, whether it has the device or waits.
    mutating func remove(_ job: UInt64) {
        if current?.job == job { current = nil }
        for index in lines.indices { lines[index].jobs.removeAll { $0 == job } }
        lines.removeAll { $0.jobs.isEmpty }
    }

    /// All that wait, in the order in which they will have the device.
    var waiting: [Entry] {
        var (entries, round, isOver) = ([Entry](), 0, false)
        while !isOver {
            isOver = true
            for line in lines where round < line.jobs.count {
                entries.append(Entry(job: line.jobs[round], caller: line.caller))
                isOver = false
            }
            round += 1
        }
        return entries
    }

    /// Where everybody stands.
    var places: [UInt64: Place] {
        var places: [UInt64: Place] = [:]
        let all = (current.map { [$0] } ?? []) + waiting
        for (index, entry) in all.enumerated() {
            let position = current == nil ? index + 1 : index
            places[entry.job] = Place(position: position, ahead: index == 0 ? nil : all.first?.caller)
        }
        return places
    }
}
