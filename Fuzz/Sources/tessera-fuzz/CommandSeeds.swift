import ISO7816

@testable import Emulation

/// Conversations that reach what a card can do, each command in hexadecimal.
///
/// PIN 123456 and PUK 12345678, as test cards have them; from there the fuzzer finds its own way.
enum CommandSeeds {
    private static let pin = "313233343536FFFF"
    private static let wrongPIN = "393939393939FFFF"
    private static let puk = "3132333435363738"
    private static let digest = String(repeating: "5A", count: 32)
    private static let block = "0001" + String(repeating: "FF", count: 254)
    private static let reset = "02"
    private static let powerCycle = ["00", "01"]

    /// A header with data, and the Le behind it; its length is written between.
    private static func command(_ header: String, _ data: String, _ expected: String = "") -> String {
        let length = String(data.count / 2, radix: 16)
        return header + (length.count == 1 ? "0" : "") + length + data + expected
    }

    /// Shows the management key: the challenge is the same in every run.
    private static let management: [String] = {
        let response = PIVManagementKey.wellKnown.encrypted(Array(repeating: SameNumber.byte, count: 8)) ?? []
        return [command("0087039B", "7C028100", "00"), command("0087039B", "7C0A8208" + response.hexadecimal)]
    }()

    /// SP 800-73-4 part 2, and commands that only some cards have.
    static let piv: [[String]] = [
        [
            command("00A40400", "A000000308000010000100", "00"), command("00CB3FFF", "5C035FC105", "00"), "00C0000000",
            command("00CB3FFF", "5C017E", "00"), reset, "00200080",
        ],
        ["00200080", command("00200080", wrongPIN), command("00200080", pin), "00200080", "0020FF80"],
        [command("00240080", pin + wrongPIN), command("00240081", puk + puk), command("002C0080", puk + pin)] + powerCycle,
        [command("00200080", pin), command("0087119A", "7C2482008120" + digest, "00"), command("0087119C", "7C2482008120" + digest, "00")],
        [
            command("00200080", pin), command("1087079A", "7C82010682008182010000" + block.prefix(400)),
            command("0087079A", String(block.suffix(112)), "00"), "00C0000000",
        ],
        [command("0087039B", "7C028000", "00"), command("0087039B", "7C028100", "00"), command("0087089B", "7C028100", "00")],
        [
            command("0047009A", "AC03800111", "00"), command("00DB3FFF", "5C035FC10553030102"), "00FA0303", "00FB0000", "00FD000000",
            "00F7009A00",
        ],
    ]

    /// What can be done with a PIN, for each reference and each way to pad that cards with files have.
    private static let filePINs: [[String]] = ["01", "11", "81"].flatMap { reference in
        [("FF", 8), ("00", 8), ("00", 12), ("00", 16)].map { padding, length in
            func padded(_ value: String) -> String { value + String(repeating: padding, count: length - value.count / 2) }
            let (right, wrong, unblock) = (padded("313233343536"), padded("393939393939"), padded(puk))
            return [
                "002000" + reference, command("002000" + reference, wrong), command("002000" + reference, right), "0020FF" + reference,
                command("002400" + reference, right + wrong), command("002C00" + reference, unblock + right),
            ] + powerCycle
        }
    }

    /// ISO/IEC 7816-4 and -8, as PKCS#15 and IAS Classic cards are asked.
    static let fileSystem: [[String]] =
        filePINs + [
            [
                command("00A40000", "3F00", "00"), command("00A4080C", "50155031"), "00B0000000", "00B0010010", command("00A4000C", "2F00"),
                "00B0000000", "00B2010400",
            ],
            [
                command("00A4040C", "A000000063504B43532D3135"), command("00A40400", "A0000000184000", "00"), "00A4030000", reset,
                "00CA01A000",
            ],
            [
                "0022F301", command("002241B6", "800102840101"), command("002241A4", "800102840101"), command("002A9E9A", digest, "00"),
                command("00880000", digest, "00"),
            ],
            [command("002A90A0", "9020" + digest), "002A9E9A00", "0084000008", command("00CB00FF", "A003830111", "00"), "00CA010000"],
            [
                command("00A4000C", "2F01"), "00B2010400", "00B2000500", command("00DC0104", "0102"), command("00E20000", "03"),
                "00E20000", command("00DC0003", "04"), command("00DC01F4", "0102"), command("00E200F0", "03"),
            ],
            [command("00D72F02", "5401005303010203"), command("00D70000", "5401015300"), command("00B12F02", "540100", "00")],
            [command("00D60000", "010203"), "00E00000", "00E40000", "0046000000", "002E0000"],
        ]
}
