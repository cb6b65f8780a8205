/// A name met in an expression.
struct ExpressionName: Hashable {
    var name: String
    /// 0-based, in Unicode scalars of the expression.
    var offset: Int
}

/// The names an expression may refer to, found without understanding it: what has to be compiled first must
/// be known before anything can be compiled.
///
/// Names of functions and the words before a text literal (`DATE '…'`) are left out; keywords are not, as the
/// caller looks for names it knows.
func namesIn(expression text: String) -> [ExpressionName] {
    let scalars = Array(text.unicodeScalars)
    var names: [ExpressionName] = []
    var index = 0
    while index < scalars.count {
        let scalar = scalars[index]
        let next = index + 1 < scalars.count ? scalars[index + 1] : " "
        if scalar == "'" || scalar == "\"" {
            let (content, end) = quoted(scalars, at: index)
            if scalar == "\"" { names.append(ExpressionName(name: content, offset: index)) }
            index = end
        } else if scalar == "-", next == "-" {
            while index < scalars.count, scalars[index] != "\n" { index += 1 }
        } else if scalar == "/", next == "*" {
            index += 2
            while index + 1 < scalars.count, !(scalars[index] == "*" && scalars[index + 1] == "/") { index += 1 }
            index += 2
        } else if isNamePart(scalar) {
            let start = index
            while index < scalars.count, isNamePart(scalars[index]) { index += 1 }
            var after = index
            while after < scalars.count, scalars[after].properties.isWhitespace { after += 1 }
            let follower: Unicode.Scalar = after < scalars.count ? scalars[after] : " "
            let isNumber = ("0"..."9").contains(scalar)
            if !isNumber, follower != "(", follower != "'" {
                let name = String(String.UnicodeScalarView(scalars[start..<index]))
                names.append(ExpressionName(name: name, offset: start))
            }
        } else {
            index += 1
        }
    }
    return names
}

private func isNamePart(_ scalar: Unicode.Scalar) -> Bool {
    scalar == "_" || ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
}

/// The content of a quoted text or name, doubled quotes resolved, and the index after it.
private func quoted(_ scalars: [Unicode.Scalar], at start: Int) -> (content: String, end: Int) {
    var content = String.UnicodeScalarView()
    var index = start + 1
    while index < scalars.count {
        if scalars[index] == scalars[start] {
            guard index + 1 < scalars.count, scalars[index + 1] == scalars[start] else { break }
            index += 1
        }
        content.append(scalars[index])
        index += 1
    }
    return (String(content), index + 1)
}
