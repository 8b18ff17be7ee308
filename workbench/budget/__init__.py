"""Where the next euro goes: response models, certified allocation, pacing. Pure: frames in, results out."""
