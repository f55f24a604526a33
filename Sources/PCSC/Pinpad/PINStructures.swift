import ISO7816

/// `PIN_VERIFY_STRUCTURE`; PC/SC part 10, 2.6.1.
struct PINVerifyStructure {
    let form: PINForm
    /// Seconds for the first key, and again for the others (bTimerOut, bTimerOut2).
    let seconds: UInt8
    let hasDisplay: Bool

    /// The structure as it travels: packed, numbers with their lowest byte first.
    var bytes: [UInt8] {
        var bytes: [UInt8] = [
            seconds,  // bTimerOut
            seconds,  // bTimerOut2
            PINForm.formatString,  // bmFormatString
            form.blockString,  // bmPINBlockString
            0x00,  // bmPINLengthFormat: no length is written
        ]
        bytes += [form.digits.upperBound, form.digits.lowerBound]  // wPINMaxExtraDigit: minimum in its upper byte
        bytes += [
            form.validation,  // bEntryValidationCondition
            hasDisplay ? 0xFF : 0x00,  // bNumberMessage: the reader's own words, or none
        ]
        bytes += [UInt8](littleEndian: PINForm.language)  // wLangId
        bytes += [
            0x00,  // bMsgIndex
            0x00, 0x00, 0x00,  // bTeoPrologue: the driver's, over T=1
        ]
        bytes += [UInt8](littleEndian: UInt32(form.command.count))  // ulDataLength
        return bytes + form.command  // abData
    }
}

/// `PIN_MODIFY_STRUCTURE`; PC/SC part 10, 2.6.2.
struct PINModifyStructure {
    let form: PINForm
    /// Seconds for the first key, and again for the others, of each PIN (bTimerOut, bTimerOut2).
    let seconds: UInt8
    let hasDisplay: Bool

    /// The structure as it travels: packed, numbers with their lowest byte first.
    var bytes: [UInt8] {
        var bytes: [UInt8] = [
            seconds,  // bTimerOut
            seconds,  // bTimerOut2
            PINForm.formatString,  // bmFormatString
            form.blockString,  // bmPINBlockString
            0x00,  // bmPINLengthFormat: no length is written
            0x00,  // bInsertionOffsetOld
            form.width,  // bInsertionOffsetNew: behind the old one, which has a width, or else the reader knows its end
        ]
        bytes += [form.digits.upperBound, form.digits.lowerBound]  // wPINMaxExtraDigit: minimum in its upper byte
        bytes += [
            0x03,  // bConfirmPIN: the new one twice (bit 0), after the old one (bit 1)
            form.validation,  // bEntryValidationCondition
            hasDisplay ? 0x03 : 0x00,  // bNumberMessage: one for each of the three, or none
        ]
        bytes += [UInt8](littleEndian: PINForm.language)  // wLangId
        bytes += [
            0x00, 0x01, 0x02,  // bMsgIndex1, 2, 3: the old PIN, the new one, the new one again
            0x00, 0x00, 0x00,  // bTeoPrologue: the driver's, over T=1
        ]
        bytes += [UInt8](littleEndian: UInt32(form.command.count))  // ulDataLength
        return bytes + form.command  // abData
    }
}
