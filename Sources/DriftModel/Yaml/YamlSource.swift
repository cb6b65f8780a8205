/// The lines of a YAML file, to find where each part of a scalar stands.
final class YamlSource: Sendable {
    /// Without their breaks.
    let lines: [[Unicode.Scalar]]

    init(_ text: String) {
        var lines: [[Unicode.Scalar]] = [[]]
        var afterReturn = false
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n" where afterReturn: afterReturn = false
            case "\r", "\n", "\u{85}", "\u{2028}", "\u{2029}":
                lines.append([])
                afterReturn = scalar == "\r"
            default:
                lines[lines.count - 1].append(scalar)
                afterReturn = false
            }
        }
        self.lines = lines
    }

    /// Where the parts of a scalar stand.
    /// - Parameters:
    ///   - text: The scalar as YAML understands it.
    ///   - line: 1-based place of the scalar's first character, tag and anchor included.
    func anchors(of text: String, style: YamlNode.Style, line: Int, column: Int) -> [PositionedText.Anchor] {
        guard line >= 1, line <= lines.count, column >= 1 else {
            return [PositionedText.Anchor(offset: 0, line: line, column: column)]
        }
        var place = Place(line: line - 1, column: column - 1)
        skipProperties(&place)
        switch style {
        case .block: return blockAnchors(Array(text.unicodeScalars), after: place)
        case .plain, .taggedText: return flowAnchors(Array(text.unicodeScalars), at: place, quote: nil)
        case .singleQuoted, .doubleQuoted:
            place.column += 1
            return flowAnchors(
                Array(text.unicodeScalars), at: place, quote: style == .singleQuoted ? "'" : "\"")
        }
    }

    /// 0-based.
    private struct Place {
        var line: Int
        var column: Int

        func anchor(_ offset: Int) -> PositionedText.Anchor {
            PositionedText.Anchor(offset: offset, line: line + 1, column: column + 1)
        }
    }

    private func scalar(_ place: Place, ahead: Int = 0) -> Unicode.Scalar? {
        guard place.line < lines.count, place.column + ahead < lines[place.line].count else { return nil }
        return lines[place.line][place.column + ahead]
    }

    /// Steps over `&anchor` and `!tag`, which a scalar's mark includes.
    private func skipProperties(_ place: inout Place) {
        while let first = scalar(place), first == "&" || first == "!" {
            while let next = scalar(place), !isBlank(next) { place.column += 1 }
            while let next = scalar(place), isBlank(next) { place.column += 1 }
        }
    }

    private func isBlank(_ scalar: Unicode.Scalar) -> Bool { scalar == " " || scalar == "\t" }

    /// Plain and quoted scalars: walks text and source side by side over escapes and folded lines.
    private func flowAnchors(
        _ text: [Unicode.Scalar], at start: Place, quote: Unicode.Scalar?
    ) -> [PositionedText.Anchor] {
        var anchors = [start.anchor(0)]
        var place = start
        var offset = 0
        while offset < text.count, place.line < lines.count {
            if text[offset] == " " || text[offset] == "\n", restIsBlank(place) {
                let breaks = skipBreaks(&place)
                if breaks == 0 { return anchors }
                offset += breaks == 1 ? 1 : breaks - 1
            } else if quote == "'", scalar(place) == "'" {
                place.column += 2
                offset += 1
            } else if quote == "\"", scalar(place) == "\\" {
                if scalar(place, ahead: 1) == nil {
                    place.column += 1
                    _ = skipBreaks(&place)
                } else {
                    place.column += escapeLength(place)
                    offset += 1
                }
            } else {
                place.column += 1
                offset += 1
                continue
            }
            anchors.append(place.anchor(offset))
        }
        return anchors
    }

    private func escapeLength(_ place: Place) -> Int {
        switch scalar(place, ahead: 1) {
        case "x": 4
        case "u": 6
        case "U": 10
        default: 2
        }
    }

    private func restIsBlank(_ place: Place) -> Bool {
        lines[place.line].dropFirst(place.column).allSatisfy(isBlank)
    }

    /// Moves to the first character of the next line that is not empty; returns the line breaks passed.
    private func skipBreaks(_ place: inout Place) -> Int {
        var line = place.line + 1
        while line < lines.count, lines[line].allSatisfy(isBlank) { line += 1 }
        guard line < lines.count else { return 0 }
        let breaks = line - place.line
        place = Place(line: line, column: lines[line].prefix(while: isBlank).count)
        return breaks
    }

    /// Literal and folded scalars: one anchor per source line.
    private func blockAnchors(_ text: [Unicode.Scalar], after header: Place) -> [PositionedText.Anchor] {
        var line = header.line + 1
        while line < lines.count, lines[line].allSatisfy({ $0 == " " }) { line += 1 }
        guard line < lines.count else { return [header.anchor(0)] }
        let leadingInText = text.drop { $0 == "\n" }.prefix { $0 == " " }.count
        let indent = max(0, lines[line].prefix { $0 == " " }.count - leadingInText)
        var anchors: [PositionedText.Anchor] = []
        var offset = 0
        while line < lines.count, offset < text.count {
            let content = lines[line].dropFirst(indent)
            if let first = content.first {
                while offset < text.count, text[offset] == "\n" || (text[offset] == " " && first != " ") {
                    offset += 1
                }
                if offset < text.count {
                    anchors.append(Place(line: line, column: indent).anchor(anchors.isEmpty ? 0 : offset))
                }
                offset += content.count
            }
            line += 1
        }
        return anchors.isEmpty ? [header.anchor(0)] : anchors
    }
}
