# Makes mutations of a binary COPY file of one column.
#   perl mutate.pl FILE COUNT SEED FOLDER
# Writes FOLDER/1 .. FOLDER/COUNT, each with one row, the last two the lowest
# number that a sum of one and of eight words can be. The same seed gives the
# same files.
use strict;
use warnings;

my ($file, $count, $seed, $folder) = @ARGV;

# A generator of our own, as that of perl may change with its version.
my $state = $seed;
sub random {
    $state = ($state * 1103515245 + 12345) % 2147483648;
    return int($state / 65536 * $_[0] / 32768) % $_[0];
}

open my $in, '<:raw', $file or die "$file: $!";
my $copy = do { local $/; <$in> };
my $header = substr $copy, 0, 19;
my $pos = 19;
my @values;
while ((my $fields = unpack 's>', substr $copy, $pos, 2) != -1) {
    my $length = unpack 'l>', substr $copy, $pos + 2, 4;
    push @values, substr $copy, $pos + 6, $length;
    $pos += 6 + $length;
}

my @bytes = (0x00, 0x01, 0x7f, 0x80, 0xff);
my @words = map { pack 'q>', $_ } 0, 1, -1, 9223372036854775807, -9223372036854775807 - 1, 10000, 65536, 65535;

sub mutate {
    my ($value) = @_;
    my $length = length $value;
    my $kind = random(10);
    if ($kind < 2) {            # flip a bit
        my $at = random($length);
        substr $value, $at, 1, chr(ord(substr $value, $at, 1) ^ (1 << random(8)));
    } elsif ($kind < 4) {       # a byte that is on an edge
        substr $value, random($length), 1, chr $bytes[random(scalar @bytes)];
    } elsif ($kind < 5) {       # one of the sizes at the head
        substr $value, random(5), 1, chr random(256);
    } elsif ($kind < 7) {       # a word that is on an edge; words end where the value ends
        my $n = int(($length - 5) / 8);
        substr $value, $length - 8 * (1 + random($n)), 8, $words[random(scalar @words)];
    } elsif ($kind < 8) {       # cut off
        $value = substr $value, 0, random($length);
    } elsif ($kind < 9) {       # lengthen
        $value .= chr(random(256)) x (1 + random(16));
    } else {                    # the head of one value, the tail of another
        my $other = $values[random(scalar @values)];
        my $at = random($length);
        $value = substr($value, 0, $at) . ($at < length $other ? substr $other, $at : '');
    }
    return $value;
}

sub lowest {
    my ($words) = @_;
    my $zero = pack 'q>', 0;
    return pack('C C C n l>', 1, 1, $words, 1, 0) . $zero x (2 * $words)
        . pack('q>', 1 << 16 | 4) . $zero x ($words - 1) . pack('q>', -9223372036854775807 - 1)
        . $zero x (1 + $words);
}

sub write_copy {
    my ($n, $value, $length) = @_;
    open my $out, '>:raw', "$folder/$n" or die "$folder/$n: $!";
    print $out $header, pack('s> l>', 1, $length), $value, pack('s>', -1);
    close $out or die "$folder/$n: $!";
}

for my $n (1 .. $count - 2) {
    my $value = $values[random(scalar @values)];
    for (0 .. random(3)) { $value = mutate($value) if length $value > 13 }
    # Now and then the length given is not that of the value.
    write_copy($n, $value, length($value) + (random(20) == 0 ? random(9) - 4 : 0));
}
write_copy($count - 1, lowest(1), length lowest(1));
write_copy($count, lowest(8), length lowest(8));
